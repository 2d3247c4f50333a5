package io.virtualnodes.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.MethodHandleEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A call in the operator's compiled classes.
 *
 * @param method as the source has it: what a lambda calls is called by the method around it
 * @param compiled the method's name and descriptor in the class file
 * @param owner the type by which it is called
 * @param index of the call's instruction in the method's code; -1 if {@code called} is only handed
 *     on as a method reference, so that the call is not in the program at all
 * @param nextIndex of the instruction after it
 */
record CallSite(
    String className,
    String method,
    String compiled,
    String owner,
    String called,
    int index,
    int nextIndex) {
  private static final Path CLASSES = Path.of("target/classes");
  private static final Pattern LAMBDA = Pattern.compile("lambda\\$(.+)\\$\\d+");

  /** Every call in a class. */
  static List<CallSite> in(String className) {
    return in(CLASSES.resolve(className.replace('.', '/') + ".class"));
  }

  /** Every call in the classes of a package, not of those below it. */
  static List<CallSite> inPackage(String name) {
    try (Stream<Path> files = Files.list(CLASSES.resolve(name.replace('.', '/')))) {
      return files
          .filter(file -> file.toString().endsWith(".class"))
          .sorted()
          .flatMap(file -> in(file).stream())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<CallSite> in(Path file) {
    try {
      ClassModel type = ClassFile.of().parse(file);
      return type.methods().stream().flatMap(method -> calls(type, method).stream()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the program is not built: " + e.getMessage(), e);
    }
  }

  private static List<CallSite> calls(ClassModel type, MethodModel method) {
    var calls = new ArrayList<CallSite>();
    int index = 0;
    for (var element : method.code().map(code -> code.elementList()).orElse(List.of())) {
      if (!(element instanceof Instruction instruction)) {
        continue;
      }
      int next = index + instruction.sizeInBytes();
      switch (instruction) {
        case InvokeInstruction call ->
            calls.add(
                call(
                    type,
                    method,
                    call.owner().asInternalName(),
                    call.name().stringValue(),
                    index,
                    next));
        case InvokeDynamicInstruction made ->
            made.invokedynamic().bootstrap().arguments().stream()
                .filter(MethodHandleEntry.class::isInstance)
                .map(argument -> ((MethodHandleEntry) argument).reference())
                .forEach(
                    target ->
                        calls.add(
                            call(
                                type,
                                method,
                                target.owner().asInternalName(),
                                target.name().stringValue(),
                                -1,
                                -1)));
        default -> {}
      }
      index = next;
    }
    return calls;
  }

  private static CallSite call(
      ClassModel type, MethodModel method, String owner, String called, int index, int next) {
    var name = method.methodName().stringValue();
    var lambda = LAMBDA.matcher(name);
    return new CallSite(
        type.thisClass().asInternalName().replace('/', '.'),
        lambda.matches() ? lambda.group(1) : name,
        name + method.methodType().stringValue(),
        owner.replace('/', '.'),
        called,
        index,
        next);
  }
}
