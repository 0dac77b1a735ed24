package jontainers.oci;

import io.avaje.jsonb.Json;

/// A comparison of a system call's argument (`linux.seccomp.syscalls.args`).
///
/// @param index 0 to 5
/// @param value unsigned; the mask where `op` is `SCMP_CMP_MASKED_EQ`
/// @param valueTwo unsigned; what the masked argument is compared with
/// @param op such as `SCMP_CMP_EQ`
@Json
public record SeccompArg(
    int index,
    @Json.Serializer(Unsigned64.class) long value,
    @Json.Serializer(Unsigned64.class) long valueTwo,
    String op) {
  public SeccompArg {
    Fields.required(op, "linux.seccomp.syscalls.args.op");
  }
}
