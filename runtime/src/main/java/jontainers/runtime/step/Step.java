package jontainers.runtime.step;

import jontainers.linux.proxy.Sequence;

/// One step in the making of a container, as data: what it is for, and its system calls.
///
/// Steps are compared in tests, printed by `--trace`, and made by a proxy in the order of their
/// list. The calls of one step may use each other's results; from step to step only the numbers in
/// [Descriptors] are shared.
public sealed interface Step
    permits CgroupStep,
        DeviceStep,
        IdentityStep,
        InitStep,
        LifecycleStep,
        MountStep,
        NamespaceStep,
        ProcessStep {
  /// Return the system calls.
  Sequence calls();

  /// Return what this step does, in a few words.
  String summary();
}
