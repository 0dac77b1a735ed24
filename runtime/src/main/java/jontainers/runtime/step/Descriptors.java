package jontainers.runtime.step;

/// The descriptor numbers that the steps of one container share.
///
/// The agent is spawned with stdout and stderr at 1 and 2, stdin at [#STDIN], then what
/// [#FIRST_PASSED] counts. It moves them above 100, where no program of the container finds them:
/// all are close-on-exec.
public final class Descriptors {
  /// Where the agent finds the container's standard input: 0 holds its first frame.
  static final int STDIN = 3;

  /// Where the agent finds the first of the further descriptors that it was given.
  static final int FIRST_PASSED = 4;

  /// The cgroup into which the child is cloned. Below 100, so that the guard closes it.
  static final int CGROUP = 99;

  /// The lowest number that is used by what makes a container.
  public static final int LOWEST_OWN = 98;

  /// The last number that `linux` reserves for control sockets.
  static final int LAST_CONTROL = 101;

  /// The master of the container's terminal, while it is sent to the JVM.
  static final int TERMINAL_MASTER = 105;

  /// Where an init hears of its children, and of all other signals; and its table of exit codes.
  /// They are the first free ones, which a limit of open files allows.
  static final int CHILD_SIGNALS = 3;

  static final int OTHER_SIGNALS = 4;
  static final int EXIT_CODES = 5;

  /// What files are hidden under: the null device.
  static final int NULL = 102;

  /// The listener of a filter that notifies an agent, while it is sent to the JVM.
  static final int LISTENER = 103;

  /// The container's own /dev, until it is sure that nothing was mounted on it.
  public static final int DEV = 104;

  /// The first of the further descriptors, once moved: the caller's terminal, namespaces to join.
  static final int MOVED = 110;

  /// The first mount that is opened before and attached after the change of root.
  static final int TREES = 200;

  /// Where the layers of a root filesystem are held while it is mounted: as high as a usual soft
  /// limit of 1024 open files allows, above the trees.
  static final int LAYERS = 800;

  private Descriptors() {}

  /// Return the number of the further descriptor `index` (from 0) in agent and child.
  public static int moved(int index) {
    return MOVED + index;
  }

  /// Return the number of the detached mount `index` (from 0).
  public static int tree(int index) {
    return TREES + index;
  }
}
