package io.virtualnodes.backend.docker;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A program of a few hundred bytes, for containers of images that may hold no other: it needs
 * nothing but the kernel. It is told by its instructions, each as an assembler's output with the
 * line beside it, for every machine that it can run on. Numbers of system calls are those of
 * Linux's {@code unistd_64.h}.
 *
 * @param amd64 a line for each instruction, which begins with its bytes as they lie in memory
 * @param arm64 likewise, but the least significant byte comes last, as people write numbers
 */
record MachineCode(String amd64, String arm64) {
  private static final long LOADED_AT = 0x400000;
  private static final int HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final short X86_64 = 62;
  private static final short AARCH64 = 183;

  /**
   * The file that a machine runs; empty if there is none for it.
   *
   * @param architecture as the engine names its own
   */
  Optional<byte[]> on(String architecture) {
    return switch (architecture) {
      case "x86_64", "amd64" -> Optional.of(elf(X86_64, instructions(amd64, false)));
      case "aarch64", "arm64" -> Optional.of(elf(AARCH64, instructions(arm64, true)));
      // An open set: Linux runs on more machines than these.
      default -> Optional.empty();
    };
  }

  private static byte[] instructions(String listing, boolean words) {
    var hex = new StringBuilder();
    listing.lines().map(line -> line.split(" ", 2)[0]).forEach(hex::append);
    var bytes = HexFormat.of().parseHex(hex);
    if (words) {
      var numbers = ByteBuffer.wrap(bytes);
      var turned = ByteBuffer.allocate(bytes.length).order(ByteOrder.LITTLE_ENDIAN);
      while (numbers.hasRemaining()) {
        turned.putInt(numbers.getInt());
      }
      return turned.array();
    }
    return bytes;
  }

  /** The shortest file that the kernel loads: two headers and the instructions. */
  private static byte[] elf(short machine, byte[] code) {
    int start = HEADER + PROGRAM_HEADER;
    int size = start + code.length;
    return ByteBuffer.allocate(size)
        .order(ByteOrder.LITTLE_ENDIAN)
        // 64 bits, little-endian, version 1, System V.
        .put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0})
        .putLong(0)
        .putShort((short) 2) // an executable
        .putShort(machine)
        .putInt(1)
        .putLong(LOADED_AT + start)
        .putLong(HEADER) // where the program header is
        .putLong(0) // no sections
        .putInt(0)
        .putShort((short) HEADER)
        .putShort((short) PROGRAM_HEADER)
        .putShort((short) 1)
        .putShort((short) 0)
        .putShort((short) 0)
        .putShort((short) 0)
        // All of the file is loaded, to be read and executed.
        .putInt(1)
        .putInt(5)
        .putLong(0)
        .putLong(LOADED_AT)
        .putLong(LOADED_AT)
        .putLong(size)
        .putLong(size)
        .putLong(0x1000)
        .put(code)
        .array();
  }
}
