package io.virtualnodes.backend.docker;

import java.util.Optional;

/**
 * A program that joins its standard streams with a port of the loopback address of its network.
 *
 * <p>Its argument is the port. It connects to 127.0.0.1 or else to ::1, and ends with the kernel's
 * number of the error if neither takes it. Then it says {@code +}, and after that what the port
 * says. The end of what it reads is passed on to the port, and the end of what the port says is its
 * own. Without an argument it does nothing until the end of what it reads.
 */
final class RelayProgram {
  /** What it is called, at the root of the container that runs it. */
  static final String NAME = "virtualnodes-relay";

  /** What it says first, if the port took it. */
  static final byte CONNECTED = '+';

  /** What it ends with if nobody listens, by the kernel's number. */
  static final int REFUSED = 111;

  private static final String X86_64_CODE =
      """
      488b742410         mov rsi, [rsp+16]           the first argument after the program's name
      4881ec00000100     sub rsp, 65536
      4989e7             mov r15, rsp                the buffer
      4885f6             test rsi, rsi
      7510               jne port
      31ff               hold: xor edi, edi
      e80e010000         call read
      7ff7               jg hold
      31ff               xor edi, edi
      e9fe000000         jmp exit
      31db               port: xor ebx, ebx
      0fb606             digit: movzx eax, byte ptr [rsi]
      85c0               test eax, eax
      740c               je first
      6bdb0a             imul ebx, ebx, 10
      8d5c03d0           lea ebx, [rbx+rax-48]
      48ffc6             inc rsi
      ebed               jmp digit
      86fb               first: xchg bl, bh
      c1e310             shl ebx, 16
      8d4302             lea eax, [rbx+2]
      418907             mov [r15], eax              AF_INET and the port
      41c747047f000001   mov dword ptr [r15+4], 0x0100007f127.0.0.1
      bf02000000         mov edi, 2
      41be10000000       mov r14d, 16
      e805010000         call dial
      793f               jns there
      4189c5             mov r13d, eax
      8d430a             lea eax, [rbx+10]
      418907             mov [r15], eax              AF_INET6 and the port
      31c0               xor eax, eax
      41894704           mov [r15+4], eax
      49894708           mov [r15+8], rax
      41894710           mov [r15+16], eax
      41c7471400000001   mov dword ptr [r15+20], 0x01000000::1
      41894718           mov [r15+24], eax
      bf0a000000         mov edi, 10
      41be1c000000       mov r14d, 28
      e8d0000000         call dial
      790a               jns there
      4489ef             mov edi, r13d
      f7df               neg edi
      e985000000         jmp exit
      41c6072b           there: mov byte ptr [r15], '+'
      bf01000000         mov edi, 1
      ba01000000         mov edx, 1
      e889000000         call write
      b839000000         mov eax, 57                 fork
      0f05               syscall
      85c0               test eax, eax
      7440               je child
      4189c6             mov r14d, eax
      4489e7             answer: mov edi, r12d
      e863000000         call read
      7e0f               jle ended
      bf01000000         mov edi, 1
      4889c2             mov rdx, rax
      e864000000         call write
      ebe7               jmp answer
      4489f7             ended: mov edi, r14d
      be09000000         mov esi, 9                  KILL
      b83e000000         mov eax, 62                 kill
      0f05               syscall
      4489f7             mov edi, r14d
      31f6               xor esi, esi
      31d2               xor edx, edx
      4531d2             xor r10d, r10d
      b83d000000         mov eax, 61                 wait4
      0f05               syscall
      31ff               xor edi, edi
      eb27               jmp exit
      31ff               child: xor edi, edi
      e827000000         call read
      7e0d               jle quiet
      4489e7             mov edi, r12d
      4889c2             mov rdx, rax
      e82a000000         call write
      ebea               jmp child
      4489e7             quiet: mov edi, r12d
      be01000000         mov esi, 1                  SHUT_WR
      b830000000         mov eax, 48                 shutdown
      0f05               syscall
      31ff               xor edi, edi
      b83c000000         exit: mov eax, 60           exit
      0f05               syscall
      4c89fe             read: mov rsi, r15
      ba00000100         mov edx, 65536
      31c0               xor eax, eax                read
      0f05               syscall
      4885c0             test rax, rax
      c3                 ret
      4d89f8             write: mov r8, r15
      4989d1             mov r9, rdx
      4c89c6             more: mov rsi, r8
      4c89ca             mov rdx, r9
      b801000000         mov eax, 1                  write
      0f05               syscall
      4885c0             test rax, rax
      7e09               jle failed
      4901c0             add r8, rax
      4929c1             sub r9, rax
      75e6               jne more
      c3                 ret
      bf01000000         failed: mov edi, 1
      ebc1               jmp exit
      be01000000         dial: mov esi, 1            SOCK_STREAM
      31d2               xor edx, edx
      b829000000         mov eax, 41                 socket
      0f05               syscall
      4189c4             mov r12d, eax
      89c7               mov edi, eax
      4c89fe             mov rsi, r15
      4489f2             mov edx, r14d
      b82a000000         mov eax, 42                 connect, which fails if socket did
      0f05               syscall
      85c0               test eax, eax
      c3                 ret
      """;

  private static final String AARCH64_CODE =
      """
      f9400be4   ldr x4, [sp, 16]            the first argument after the program's name
      d14043ff   sub sp, sp, 16, lsl 12
      910003f3   mov x19, sp                 the buffer
      b50000c4   cbnz x4, port
      aa1f03e0   hold: mov x0, xzr
      94000054   bl read
      54ffffcc   b.gt hold
      aa1f03e0   mov x0, xzr
      1400004f   b exit
      aa1f03f4   port: mov x20, xzr
      d2800149   mov x9, 10
      38401486   digit: ldrb w6, [x4], 1
      34000086   cbz w6, first
      d100c0c6   sub x6, x6, 48
      9b091a94   madd x20, x20, x9, x6
      17fffffc   b digit
      5ac00694   first: rev16 w20, w20
      53103e94   lsl w20, w20, 16
      11000a85   add w5, w20, 2
      b9000265   str w5, [x19]               AF_INET and the port
      52800fe5   mov w5, 0x7f
      72a02005   movk w5, 0x0100, lsl 16
      b9000665   str w5, [x19, 4]            127.0.0.1
      d2800040   mov x0, 2
      d2800215   mov x21, 16
      94000056   bl dial
      5400020a   b.ge there
      aa0003f6   mov x22, x0
      11002a85   add w5, w20, 10
      b9000265   str w5, [x19]               AF_INET6 and the port
      b900067f   str wzr, [x19, 4]
      f900067f   str xzr, [x19, 8]
      b900127f   str wzr, [x19, 16]
      52a02005   mov w5, 0x01000000
      b9001665   str w5, [x19, 20]           ::1
      b9001a7f   str wzr, [x19, 24]
      d2800140   mov x0, 10
      d2800395   mov x21, 28
      94000049   bl dial
      5400006a   b.ge there
      cb1603e0   neg x0, x22
      1400002e   b exit
      52800565   there: mov w5, '+'
      39000265   strb w5, [x19]
      d2800020   mov x0, 1
      d2800022   mov x2, 1
      94000031   bl write
      d2800220   mov x0, 17                  SIGCHLD
      aa1f03e1   mov x1, xzr
      aa1f03e2   mov x2, xzr
      aa1f03e3   mov x3, xzr
      aa1f03e4   mov x4, xzr
      d2801b88   mov x8, 220                 clone
      d4000001   svc 0
      b40002a0   cbz x0, child
      aa0003f5   mov x21, x0
      aa1703e0   answer: mov x0, x23
      94000020   bl read
      540000ad   b.le ended
      aa0003e2   mov x2, x0
      d2800020   mov x0, 1
      94000022   bl write
      17fffffa   b answer
      aa1503e0   ended: mov x0, x21
      d2800121   mov x1, 9                   KILL
      d2801028   mov x8, 129                 kill
      d4000001   svc 0
      aa1503e0   mov x0, x21
      aa1f03e1   mov x1, xzr
      aa1f03e2   mov x2, xzr
      aa1f03e3   mov x3, xzr
      d2802088   mov x8, 260                 wait4
      d4000001   svc 0
      aa1f03e0   mov x0, xzr
      1400000d   b exit
      aa1f03e0   child: mov x0, xzr
      9400000d   bl read
      540000ad   b.le quiet
      aa0003e2   mov x2, x0
      aa1703e0   mov x0, x23
      9400000f   bl write
      17fffffa   b child
      aa1703e0   quiet: mov x0, x23
      d2800021   mov x1, 1                   SHUT_WR
      d2801a48   mov x8, 210                 shutdown
      d4000001   svc 0
      aa1f03e0   mov x0, xzr
      d2800ba8   exit: mov x8, 93            exit
      d4000001   svc 0
      aa1303e1   read: mov x1, x19
      d2a00022   mov x2, 65536
      d28007e8   mov x8, 63                  read
      d4000001   svc 0
      f100001f   cmp x0, 0
      d65f03c0   ret
      aa0003ea   write: mov x10, x0
      aa1303eb   mov x11, x19
      aa0203ec   mov x12, x2
      aa0a03e0   more: mov x0, x10
      aa0b03e1   mov x1, x11
      aa0c03e2   mov x2, x12
      d2800808   mov x8, 64                  write
      d4000001   svc 0
      f100001f   cmp x0, 0
      540000ad   b.le failed
      8b00016b   add x11, x11, x0
      eb00018c   subs x12, x12, x0
      54fffee1   b.ne more
      d65f03c0   ret
      d2800020   failed: mov x0, 1
      17ffffe9   b exit
      d2800021   dial: mov x1, 1             SOCK_STREAM
      aa1f03e2   mov x2, xzr
      d28018c8   mov x8, 198                 socket
      d4000001   svc 0
      aa0003f7   mov x23, x0
      aa1303e1   mov x1, x19
      aa1503e2   mov x2, x21
      d2801968   mov x8, 203                 connect, which fails if socket did
      d4000001   svc 0
      f100001f   cmp x0, 0
      d65f03c0   ret
      """;

  private RelayProgram() {}

  /**
   * The program for a machine.
   *
   * @param architecture as the engine names its own
   */
  static Optional<byte[]> of(String architecture) {
    return new MachineCode(X86_64_CODE, AARCH64_CODE).on(architecture);
  }
}
