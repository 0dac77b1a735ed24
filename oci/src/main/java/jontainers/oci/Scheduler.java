package jontainers.oci;

import io.avaje.jsonb.Json;
import java.util.List;

/// The process's scheduling attributes (`process.scheduler` of config.md, sched_setattr(2)).
///
/// @param policy such as `SCHED_BATCH`
/// @param flags such as `SCHED_FLAG_RESET_ON_FORK`
/// @param runtime nanoseconds, for `SCHED_DEADLINE`, as `deadline` and `period` are
@Json
public record Scheduler(
    String policy,
    int nice,
    int priority,
    List<String> flags,
    @Json.Serializer(Unsigned64.class) long runtime,
    @Json.Serializer(Unsigned64.class) long deadline,
    @Json.Serializer(Unsigned64.class) long period) {
  public Scheduler {
    Fields.required(policy, "process.scheduler.policy");
    flags = Fields.list(flags);
  }
}
