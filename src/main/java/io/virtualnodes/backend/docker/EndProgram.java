package io.virtualnodes.backend.docker;

import java.util.Optional;

/**
 * A program that kills a process of a container, which it must be able to see.
 *
 * <p>Its arguments are {@code /proc/<pid>/cgroup}, the container's id, and the pid, above 1. It
 * kills the group of processes that this one leads, and the process, only if that file names the
 * container: the number may have gone to a stranger. It ends with 0, also if there is no such
 * process any more, and with 1 if the process is none of the container's.
 */
final class EndProgram {
  /** What it is called, at the root of the container that runs it. */
  static final String NAME = "virtualnodes-end";

  private static final String X86_64_CODE =
      """
      4889e5           mov rbp, rsp
      488b7d10         mov rdi, [rbp+16]           the first argument after the program's name
      31f6             xor esi, esi
      b802000000       mov eax, 2                  open
      0f05             syscall
      89c7             mov edi, eax
      4881ec00100000   sub rsp, 4096
      4889e6           mov rsi, rsp
      ba00100000       mov edx, 4096
      31c0             xor eax, eax                read, which fails if open did
      0f05             syscall
      4885c0           test rax, rax
      7e58             jle done
      4c8d0404         lea r8, [rsp+rax]
      488b7d18         from: mov rdi, [rbp+24]
      4889f1           mov rcx, rsi
      8a07             same: mov al, [rdi]
      84c0             test al, al
      7415             je found
      4c39c1           cmp rcx, r8
      744b             je foreign
      48ffc7           inc rdi
      48ffc1           inc rcx
      3a41ff           cmp al, [rcx-1]
      74ea             je same
      48ffc6           inc rsi
      ebde             jmp from
      488b7520         found: mov rsi, [rbp+32]
      31db             xor ebx, ebx
      0fb606           digit: movzx eax, byte ptr [rsi]
      85c0             test eax, eax
      740c             je kill
      6bdb0a           imul ebx, ebx, 10
      8d5c03d0         lea ebx, [rbx+rax-48]
      48ffc6           inc rsi
      ebed             jmp digit
      89df             kill: mov edi, ebx
      f7df             neg edi
      be09000000       mov esi, 9                  KILL
      b83e000000       mov eax, 62                 kill, of the group
      0f05             syscall
      89df             mov edi, ebx
      b83e000000       mov eax, 62                 kill, of the one
      0f05             syscall
      31ff             done: xor edi, edi
      b83c000000       exit: mov eax, 60           exit
      0f05             syscall
      bf01000000       foreign: mov edi, 1
      ebf2             jmp exit
      """;

  private static final String AARCH64_CODE =
      """
      910003f3   mov x19, sp
      92800c60   mov x0, -100                AT_FDCWD
      f9400a61   ldr x1, [x19, 16]           the first argument after the program's name
      aa1f03e2   mov x2, xzr
      d2800708   mov x8, 56                  openat
      d4000001   svc 0
      d14007ff   sub sp, sp, 4096
      910003e1   mov x1, sp
      d2820002   mov x2, 4096
      d28007e8   mov x8, 63                  read, which fails if openat did
      d4000001   svc 0
      f100001f   cmp x0, 0
      5400036d   b.le done
      8b000023   add x3, x1, x0
      f9400e64   from: ldr x4, [x19, 24]
      aa0103e5   mov x5, x1
      38401486   same: ldrb w6, [x4], 1
      34000106   cbz w6, found
      eb0300bf   cmp x5, x3
      540002e0   b.eq foreign
      384014a7   ldrb w7, [x5], 1
      6b0700df   cmp w6, w7
      54ffff40   b.eq same
      91000421   add x1, x1, 1
      17fffff6   b from
      f9401264   found: ldr x4, [x19, 32]
      aa1f03f4   mov x20, xzr
      d2800149   mov x9, 10
      38401486   digit: ldrb w6, [x4], 1
      34000086   cbz w6, kill
      d100c0c6   sub x6, x6, 48
      9b091a94   madd x20, x20, x9, x6
      17fffffc   b digit
      cb1403e0   kill: neg x0, x20
      d2800121   mov x1, 9                   KILL
      d2801028   mov x8, 129                 kill, of the group
      d4000001   svc 0
      aa1403e0   mov x0, x20
      d4000001   svc 0                       kill, of the one
      aa1f03e0   done: mov x0, xzr
      d2800ba8   exit: mov x8, 93            exit
      d4000001   svc 0
      d2800020   foreign: mov x0, 1
      17fffffd   b exit
      """;

  private EndProgram() {}

  /**
   * The program for a machine.
   *
   * @param architecture as the engine names its own
   */
  static Optional<byte[]> of(String architecture) {
    return new MachineCode(X86_64_CODE, AARCH64_CODE).on(architecture);
  }
}
