package io.virtualnodes.backend.docker;

import java.util.Optional;

/**
 * A program that renames and removes files, for containers of images that may hold no other. It is
 * an ELF file of less than 300 bytes, which needs nothing but the kernel.
 *
 * <p>Its arguments are pairs of paths, taken in order. The first is renamed to the second; if the
 * second is empty, the first is removed, be it a file or an empty folder, and if it cannot be, it
 * stays. A rename that fails ends it with the kernel's number of the error, and otherwise it ends
 * with 0.
 */
final class SwapProgram {
  /** What it is called, at the root of the container that runs it. */
  static final String NAME = "virtualnodes-swap";

  private static final String X86_64_CODE =
      """
      488d6c2410   lea rbp, [rsp+16]     the first argument after the program's name
      488b7d00     next: mov rdi, [rbp]
      4885ff       test rdi, rdi
      7439         je done
      488b7508     mov rsi, [rbp+8]
      4885f6       test rsi, rsi
      7430         je done
      4883c510     add rbp, 16
      803e00       cmp byte [rsi], 0
      7412         je remove
      b852000000   mov eax, 82           rename
      0f05         syscall
      4885c0       test rax, rax
      74d9         je next
      89c7         mov edi, eax
      f7df         neg edi
      eb17         jmp exit
      b857000000   remove: mov eax, 87   unlink
      0f05         syscall
      4885c0       test rax, rax
      74c7         je next
      b854000000   mov eax, 84           rmdir
      0f05         syscall
      ebbe         jmp next
      31ff         done: xor edi, edi
      b83c000000   exit: mov eax, 60     exit
      0f05         syscall
      """;

  private static final String AARCH64_CODE =
      """
      910043f3   add x19, sp, 16         the first argument after the program's name
      f9400261   next: ldr x1, [x19]
      b40002a1   cbz x1, done
      f9400663   ldr x3, [x19, 8]
      b4000263   cbz x3, done
      91004273   add x19, x19, 16
      12800c60   mov w0, -100            AT_FDCWD
      39400064   ldrb w4, [x3]
      340000e4   cbz w4, remove
      12800c62   mov w2, -100            AT_FDCWD
      d28004c8   mov x8, 38              renameat
      d4000001   svc 0
      b4fffea0   cbz x0, next
      cb0003e0   neg x0, x0
      1400000a   b exit
      aa1f03e2   remove: mov x2, xzr
      d2800468   mov x8, 35              unlinkat
      d4000001   svc 0
      b4fffde0   cbz x0, next
      92800c60   mov x0, -100            AT_FDCWD
      b27703e2   mov x2, 512             AT_REMOVEDIR
      d4000001   svc 0
      17ffffeb   b next
      aa1f03e0   done: mov x0, xzr
      d2800ba8   exit: mov x8, 93        exit
      d4000001   svc 0
      """;

  private SwapProgram() {}

  /**
   * The program for a machine.
   *
   * @param architecture as the engine names its own
   */
  static Optional<byte[]> of(String architecture) {
    return new MachineCode(X86_64_CODE, AARCH64_CODE).on(architecture);
  }
}
