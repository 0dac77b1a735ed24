package jontainers.linux.seccomp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import jontainers.linux.Arch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Give a program to the kernel, in a process of its own.
class LoadedFilterTest {
  private static final String LOADER =
      """
      import ctypes, sys
      class Program(ctypes.Structure):
          _fields_ = [('length', ctypes.c_ushort), ('filter', ctypes.c_void_p)]
      code = open(sys.argv[1], 'rb').read()
      buffer = ctypes.create_string_buffer(code, len(code))
      program = Program(len(code) // 8, ctypes.addressof(buffer))
      libc = ctypes.CDLL(None, use_errno=True)
      def call(function, *arguments):
          return 0 if function(*arguments) >= 0 else ctypes.get_errno()
      PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, SYS_clone3 = 38, 22, 2, 435
      print('loaded', call(libc.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
          call(libc.prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0))
      print('getpid', call(libc.getpid))
      print('mount', call(libc.mount, b'none', b'/nowhere', b'tmpfs', 0, None))
      print('clone3', call(libc.syscall, SYS_clone3, 0, 0))
      print('vsock', call(libc.socket, 40, 1, 0))
      print('unix', call(libc.socket, 1, 1, 0))
      print('newer', call(libc.syscall, 999))
      """;

  @TempDir Path directory;

  @Test
  void the_kernel_takes_the_default_profile_and_answers_by_it() throws Exception {
    var code = directory.resolve("code");
    var name = Arch.current() == Arch.X86_64 ? "amd64" : "arm64";
    var filter = ProfileText.resource("docker-default-" + name + ".txt");
    Files.write(code, filter.compile(Arch.current()).bytes());

    assertThat(python(code).lines())
        .containsExactly(
            "loaded 0 0", "getpid 0", "mount 1", "clone3 38", "vsock 1", "unix 0", "newer 38");
  }

  private static String python(Path code) throws Exception {
    Process process;
    try {
      process = new ProcessBuilder("python3", "-c", LOADER, code.toString()).start();
    } catch (IOException e) {
      assumeTrue(false, "needs python3");
      throw e;
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(errors).isZero();
    return out;
  }
}
