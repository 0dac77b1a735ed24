package jontainers.runtime.step;

/// The kinds of namespaces(7), in the order in which the kernel creates them.
public enum NamespaceKind {
  USER("user", "user", 0x10000000, "CLONE_NEWUSER", "CONFIG_USER_NS"),
  MOUNT("mount", "mnt", 0x00020000, "CLONE_NEWNS", "CONFIG_NAMESPACES"),
  UTS("uts", "uts", 0x04000000, "CLONE_NEWUTS", "CONFIG_UTS_NS"),
  IPC("ipc", "ipc", 0x08000000, "CLONE_NEWIPC", "CONFIG_IPC_NS"),
  PID("pid", "pid", 0x20000000, "CLONE_NEWPID", "CONFIG_PID_NS"),
  CGROUP("cgroup", "cgroup", 0x02000000, "CLONE_NEWCGROUP", "CONFIG_CGROUPS"),
  NETWORK("network", "net", 0x40000000, "CLONE_NEWNET", "CONFIG_NET_NS"),
  TIME("time", "time", 0x00000080, "CLONE_NEWTIME", "CONFIG_TIME_NS");

  private final String ociName;
  private final String procName;
  private final long flag;
  private final String cloneName;
  private final String kernelOption;

  NamespaceKind(String ociName, String procName, long flag, String cloneName, String kernelOption) {
    this.ociName = ociName;
    this.procName = procName;
    this.flag = flag;
    this.cloneName = cloneName;
    this.kernelOption = kernelOption;
  }

  /// Return the name in an OCI specification.
  public String ociName() {
    return ociName;
  }

  /// Return the name under `/proc/PID/ns`.
  public String procName() {
    return procName;
  }

  /// Return the flag of clone(2), unshare(2) and setns(2).
  public long flag() {
    return flag;
  }

  /// Return the flag's name.
  public String cloneName() {
    return cloneName;
  }

  /// Return the option with which a kernel has this kind.
  public String kernelOption() {
    return kernelOption;
  }
}
