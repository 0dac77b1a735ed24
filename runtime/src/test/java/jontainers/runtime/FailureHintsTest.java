package jontainers.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import jontainers.linux.Errno;
import jontainers.linux.SyscallException;
import org.junit.jupiter.api.Test;

class FailureHintsTest {
  @Test
  void a_filesystem_that_cannot_be_idmapped_is_told_with_what_can() {
    var told =
        FailureHints.explain(
            new SyscallException("mount_setattr", "owners of /data", Errno.EINVAL));

    assertThat(told).hasMessage("mount_setattr owners of /data: EINVAL (Invalid argument)");
    assertThat(told.hint().orElseThrow()).contains("leave idmap out", "ext4");
  }

  @Test
  void nothing_is_guessed_about_other_attributes_of_a_mount() {
    var told = FailureHints.explain(new SyscallException("mount_setattr", "/data", Errno.EINVAL));

    assertThat(told.hint()).isEmpty();
  }
}
