package jontainers.linux.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jontainers.linux.Arch;
import jontainers.linux.Syscall;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The machine code is what the assembly says, and its loop does what [Frame] promises.
class ProxyImageTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Arch.class)
  void the_bytes_are_those_of_the_assembly(Arch arch) throws Exception {
    String prefix = arch == Arch.current() ? "" : arch.machine() + "-linux-gnu-";
    assumeTrue(found(prefix + "as"), "no " + prefix + "as: install binutils for " + arch);
    var object = directory.resolve("proxy.o");
    var text = directory.resolve("proxy.bin");
    run(prefix + "as", "-o", object.toString(), "src/main/asm/proxy-" + arch.machine() + ".S");
    run(prefix + "objcopy", "-O", "binary", "-j", ".text", object.toString(), text.toString());

    assertThat(HexFormat.of().formatHex(ProxyImage.code(arch)))
        .isEqualTo(HexFormat.of().formatHex(Files.readAllBytes(text)));
    assertThat(ProxyImage.elf(arch)).hasSizeLessThan(400);
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void a_frame_is_performed_and_sent_back(Arch arch) throws Exception {
    var results = perform(arch, List.of(twoDirectories()));

    assertThat(results[0]).isZero();
    assertThat(results[1]).isEqualTo(-17); // EEXIST, allowed
    assertThat(results[2]).isGreaterThan(2); // a descriptor
    assertThat(results[3]).isEqualTo(100); // the indirect argument arrived
    assertThat(results[4]).isZero();
    assertThat(results[5]).as("skipped, since the call before returned 0").isEqualTo(Frame.NOT_RUN);
    assertThat(results[6]).isZero();
    assertThat(Files.isDirectory(directory.resolve("made"))).isTrue();
    assertThat(Files.exists(directory.resolve("skipped"))).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void a_failure_that_is_not_allowed_ends_the_frame(Arch arch) throws Exception {
    var calls = Sequence.of(mkdir("made"), Call.of(Syscall.close, "", 77), mkdir("never"));

    var results = perform(arch, List.of(calls));

    assertThat(results).startsWith(0, -9, Frame.NOT_RUN);
    assertThat(Files.exists(directory.resolve("never"))).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Arch.class)
  void the_end_of_the_control_descriptor_ends_the_proxy(Arch arch) throws Exception {
    Files.write(directory.resolve("frame"), new byte[0]);

    assertThat(runProxy(arch)).isEqualTo(125);
  }

  @Test
  void references_to_later_results_are_refused() {
    org.assertj.core.api.Assertions.assertThatIllegalArgumentException()
        .isThrownBy(() -> Sequence.of(Call.of(Syscall.close, "", new Argument.Result(0))))
        .withMessageContaining("later");
  }

  private Sequence twoDirectories() {
    return Sequence.of(
        mkdir("made"),
        mkdir("made").allowedToFail(),
        Call.of(Syscall.openat, "", -100, directory.toString(), 0, 0),
        Call.of(Syscall.dup3, "", new Argument.Result(2), 100, 0),
        Call.of(Syscall.close, "", 100).skippingTo(6),
        mkdir("skipped"),
        Call.of(Syscall.close, "", new Argument.Result(2)));
  }

  private Call mkdir(String name) {
    return Call.of(Syscall.mkdirat, name, -100, directory.resolve(name).toString(), 0700);
  }

  private long[] perform(Arch arch, List<Sequence> calls) throws Exception {
    byte[] frame = Frame.of(arch, List.of(calls), 1);
    frame[8] = 0; // the next frame is read from standard input, which then ends
    Files.write(directory.resolve("frame"), frame);

    assertThat(runProxy(arch)).isEqualTo(125);

    byte[] reply = Files.readAllBytes(directory.resolve("reply"));
    assertThat(reply).hasSize(Frame.replyLength(List.of(calls)));
    return Frame.results(reply, 0, Frame.count(calls));
  }

  private int runProxy(Arch arch) throws Exception {
    var image = directory.resolve("proxy");
    Files.write(image, ProxyImage.elf(arch));
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("rwx------"));
    boolean foreign = arch != Arch.current();
    String emulator = "qemu-" + arch.machine();
    assumeTrue(!foreign || found(emulator), "no " + emulator + ": install qemu-user");
    var command = foreign ? List.of(emulator, image.toString()) : List.of(image.toString());
    var process =
        new ProcessBuilder(command)
            .redirectInput(directory.resolve("frame").toFile())
            .redirectOutput(directory.resolve("reply").toFile())
            .start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("ended").isTrue();
    return process.exitValue();
  }

  private static boolean found(String program) {
    return List.of(System.getenv("PATH").split(":")).stream()
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  private static void run(String... command) throws IOException, InterruptedException {
    var process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor()).isZero();
  }
}
