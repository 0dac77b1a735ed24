package jontainers.runtime.step;

import java.util.Locale;

/// Why a step is there, for those who learn: what the process can do before it and after.
///
/// @param why the reason, in a sentence or two
/// @param before what the process sees or may do before the step
/// @param after what it sees or may do after it
/// @param wall whether the step keeps something out, and a container can be made without it to see
///   what
public record Explanation(String why, String before, String after, boolean wall) {

  /// Return the name of a kind of step: `load-seccomp`.
  public static String name(Step step) {
    return step.getClass()
        .getSimpleName()
        .replaceAll("(?<=[a-z])(?=[A-Z])", "-")
        .toLowerCase(Locale.ROOT);
  }

  /// Explain a step.
  public static Explanation of(Step step) {
    return switch (step) {
      case NamespaceStep namespace -> of(namespace);
      case MountStep mount -> of(mount);
      case IdentityStep identity -> of(identity);
      case ProcessStep process -> of(process);
      case CgroupStep.JoinCgroups _ ->
          wall(
              "A cgroup counts and limits what all processes of the container use together, and"
                  + " holds the rules for devices. Children are born into it and cannot leave.",
              "uses the machine as any process of the host",
              "is counted, limited, and may open only the devices that are allowed");
      case CgroupStep.HoldCgroup _ ->
          setUp(
              "The first process is born in the container's cgroup, so it never runs without limits,"
                  + " nor has to be moved.",
              "",
              "");
      case CgroupStep.LetGoOfCgroup _ ->
          setUp("A directory of the host, left open, would be a way out.", "", "");
      case DeviceStep.MakeDevice _ ->
          setUp(
              "The container's /dev is an empty filesystem in memory: no disk of the host is in it,"
                  + " only the few devices that every program expects.",
              "has no such device",
              "can open it, as far as its cgroup allows");
      case DeviceStep.BindDevice _ ->
          setUp(
              "Root of a user namespace may make no devices, since a device is the whole machine's."
                  + " So the host's own node is shown, with the host's own rights.",
              "has no such device",
              "can open it, as far as others on the host can");
      case DeviceStep.MakeLink _ ->
          setUp("Programs expect this name in /dev.", "has no such name", "finds what it names");
      case DeviceStep.OpenTerminal _ ->
          setUp(
              "A terminal of the container's own: the caller holds the other end, so no program in"
                  + " here can push keys into the caller's terminal (TIOCSTI).",
              "has no terminal",
              "reads and writes a terminal of which job control works");
      case LifecycleStep.Pause _ ->
          setUp("What comes next needs something that the runtime does outside.", "", "");
      case LifecycleStep.AwaitStart _ ->
          setUp(
              "A container can be made now and started later, by another command: until then its"
                  + " first process waits, and all of it can be looked at.",
              "is ready",
              "is told to begin");
      case LifecycleStep.ShowHost _ ->
          setUp(
              "Hooks are programs of the host that prepare the container; they need both files.",
              "sees the container's files alone",
              "still does, but whoever enters its mount namespace sees the host's");
      case LifecycleStep.HideHost _ -> setUp("The hooks have run.", "", "");
      case InitStep.StayAsInit _ ->
          setUp(
              "Process 1 gets no signal it does not handle, and has to reap processes whose parents"
                  + " have ended. Most programs do neither, so a small init does it for them.",
              "is process 1",
              "is process 2, the child of an init with no more rights than itself");
    };
  }

  private static Explanation of(NamespaceStep step) {
    return switch (step) {
      case NamespaceStep.KeepDescriptors _ ->
          setUp(
              "One open directory of the host would be a way out (CVE-2024-21626), so all but what"
                  + " the container needs is closed before anything else happens.",
              "has inherited what the engine had open",
              "has its three streams and what makes it a container");
      case NamespaceStep.NewSession _ ->
          setUp(
              "A session of its own has no controlling terminal: no key pressed outside sends a"
                  + " signal here.",
              "belongs to the caller's session",
              "leads a session without a terminal");
      case NamespaceStep.CloneProcess _ ->
          setUp(
              "A namespace is a view of the machine that only its processes have: of mounts, process"
                  + " numbers, names, message queues, clocks. One call makes the process and all of"
                  + " them.",
              "sees the host's processes, mounts and names",
              "is process 1, alone, with copies of the host's mounts that it can change unseen");
      case NamespaceStep.JoinNamespace join when join.kind() == NamespaceKind.USER ->
          setUp(
              "In a user namespace ids have a meaning of their own: its root owns all that the"
                  + " container has, and is an ordinary user to everything else. Whoever breaks out"
                  + " of all other walls is nobody.",
              "has the rights of the host's root",
              "has every right inside, and none outside");
      case NamespaceStep.JoinNamespace _ ->
          wall(
              "The network was made before the process, with its interface, address and routes, so"
                  + " that nothing runs without it. The process only has to enter.",
              "sees the host's interfaces and can bind the host's ports",
              "sees a loopback interface and its own end of a cable");
      case NamespaceStep.JoinProcess _ ->
          setUp(
              "Another program of a container that is there already sees what its first process"
                  + " sees.",
              "sees the host",
              "sees the container");
      case NamespaceStep.NewTimeNamespace _ ->
          setUp(
              "The clocks that count since the start of the machine can have an offset.",
              "reads the host's clocks",
              "makes children that read clocks of their own");
      case NamespaceStep.LoopbackUp _ ->
          setUp(
              "A new network namespace has a loopback interface that is down.",
              "cannot talk to itself",
              "can");
      case NamespaceStep.NewMountNamespace _ ->
          setUp(
              "Some mounts can be made by the host's root alone, and are made before the container's"
                  + " root takes its place.",
              "sees the host's mounts",
              "sees a copy of them that nobody else does");
      case NamespaceStep.NewCgroupNamespace _ ->
          wall(
              "The names of cgroups above its own would tell how the host is organised, and which"
                  + " other containers there are.",
              "reads the whole path of its cgroup",
              "takes its own cgroup for the root");
      case NamespaceStep.SetHostname _, NamespaceStep.SetDomainname _ ->
          setUp(
              "In a UTS namespace of its own the name can be changed without changing the host's.",
              "has a copy of the host's name",
              "has a name of its own");
    };
  }

  private static Explanation of(MountStep step) {
    return switch (step) {
      case MountStep.Propagation _ ->
          setUp(
              "A copy of the mounts still passes changes on to the host, where both are shared."
                  + " Unmounting the old root below would take the host's files away.",
              "has mounts that follow the host's and are followed",
              "mounts and unmounts for itself alone");
      case MountStep.RootPropagation _ ->
          setUp(
              "What is mounted later can travel on to copies of this mount namespace, and back.",
              "keeps its mounts to itself",
              "shares them as asked for");
      case MountStep.MoveRoot _ ->
          setUp(
              "The first filesystem of a machine cannot be exchanged by pivot_root, only covered.",
              "begins every path at the host's root",
              "begins every path at its own");
      case MountStep.StandInRoot _ ->
          setUp(
              "Mounts are put into the new root while the host's files can still be named, since"
                  + " some are made of those.",
              "looks for places among the host's files",
              "finds every place of a mount in the new root");
      case MountStep.HoldDirectory _ ->
          setUp("What is mounted here gets the rights of what it covers.", "", "");
      case MountStep.HoldMount _ -> setUp("The runtime fills it with what it covers.", "", "");
      case MountStep.MountRoot _ ->
          setUp(
              "An overlay shows the image with a layer of changes above it: the image is never"
                  + " changed, and a thousand containers share it.",
              "sees the host's files",
              "can reach a root filesystem of its own, at a path of the host");
      case MountStep.BindMapped _ ->
          setUp(
              "The files belong to ids of the host. Shown through an idmapped mount they belong to"
                  + " the same ids of the user namespace, and nothing on the disk is changed.",
              "would see files that belong to nobody",
              "sees files that belong to the container's own users");
      case MountStep.BindRoot _ ->
          setUp("A new root has to be a mount.", "has a directory", "has a mount at that place");
      case MountStep.OpenTree _ ->
          setUp(
              "Files of the host that the container shall see are taken hold of while they can"
                  + " still be named, and attached later.",
              "can name it",
              "holds it by a descriptor");
      case MountStep.EnterRoot _ ->
          setUp(
              "pivot_root exchanges the roots. Unlike chroot, which only begins paths elsewhere, it"
                  + " leaves no root behind to climb back to. The host's comes off in a moment.",
              "begins every path at the host's root",
              "begins every path at its own; no symbolic link of an image leads out");
      case MountStep.MakeMountPoint _ ->
          setUp("A mount covers a file or directory that exists.", "", "");
      case MountStep.MountFilesystem _ ->
          setUp(
              "The kernel's filesystems show what the namespaces of the one who mounts them"
                  + " contain: this /proc knows only the container's processes.",
              "has an empty directory there",
              "has a filesystem of its own there");
      case MountStep.MakeFilesystem _ ->
          setUp(
              "The kernel's filesystems show what the namespaces of the one who makes them contain:"
                  + " this /proc knows only the container's processes.",
              "sees none of it",
              "holds it by a descriptor");
      case MountStep.AttachFilesystem _ ->
          setUp(
              "The place is a directory of the root itself: no symbolic link leads elsewhere.",
              "has an empty directory there",
              "has a filesystem of its own there");
      case MountStep.AttachTree _ ->
          setUp(
              "The place is looked up once, inside the root, and the mount put on what was found:"
                  + " there is no moment in which a link could be put in its place.",
              "sees what the image has there",
              "sees what the host gives it there");
      case MountStep.RequireMount _ ->
          setUp(
              "An image's link can lead a later mount here. Runtime and programs read the truth about"
                  + " the machine in this place, so it is looked at once more.",
              "has mounted something here",
              "sees exactly that");
      case MountStep.DetachOldRoot _ ->
          setUp(
              "The host's root is still mounted, below the new one. From here on nobody in the"
                  + " container can name a file of the host.",
              "could still get at the host's files",
              "has only its own");
      case MountStep.HoldNull _ ->
          setUp(
              "Files are hidden under the null device. Were it another file, that one would be open"
                  + " to the container where the hidden one was (CVE-2025-31133).",
              "can name /dev/null",
              "holds what is surely the null device");
      case MountStep.MaskPath _ ->
          wall(
              "Some files of /proc and /sys are not in any namespace: they tell about the whole"
                  + " machine, its keys, memory or timing.",
              "can read it",
              "finds it empty");
      case MountStep.ReadonlyPath _ ->
          wall(
              "What is written here changes the host: kernel parameters, interrupts, the SysRq"
                  + " key.",
              "as root could change it",
              "can only read it");
      case MountStep.ReadonlyMount _, MountStep.ReadonlyHeld _ ->
          wall("Nothing needs to write here.", "can write to it", "can only read it");
    };
  }

  private static Explanation of(IdentityStep step) {
    return switch (step) {
      case IdentityStep.LimitBoundingSet _ ->
          wall(
              "The power of root is divided into capabilities. What is not in the bounding set no"
                  + " program can gain, not even one that is setuid root.",
              "can gain every capability by executing a program",
              "can gain those that Docker gives, too");
      case IdentityStep.MakeFilesAs _ ->
          setUp(
              "An overlay works in the name of whoever mounts it; that has to be somebody whom the"
                  + " layer of changes knows.",
              "makes files in the name of the host's root",
              "makes files in that name, with the same capabilities");
      case IdentityStep.BecomeRoot _ ->
          setUp(
              "What is made from here on belongs to the container's root.",
              "is still the host's root by number, without its rights",
              "is root in here and an ordinary user outside");
      case IdentityStep.BecomeUser _ ->
          setUp(
              "Groups first, then the user: who is not root any more may not change groups.",
              "is root",
              "is the user that was asked for");
      case IdentityStep.OwnStreams _ ->
          setUp(
              "A program opens its output again as /dev/stdout, and may only if the pipe is its"
                  + " user's.",
              "can write to its output",
              "can open it again, too");
      case IdentityStep.SetCapabilities _ ->
          wall(
              "What root may do on this machine beyond the namespaces: load modules, set the clock,"
                  + " trace any process. The process lets go of it.",
              "has all that the engine has",
              "has what is listed and can never have more than the bounding set");
      case IdentityStep.SetAmbient _ ->
          setUp("These are kept by programs that run as no root.", "would lose them", "keeps them");
      case IdentityStep.NoNewPrivileges _ ->
          wall(
              "setuid programs and file capabilities raise the rights of whoever executes them;"
                  + " after this they do not.",
              "can become root by sudo",
              "stays who it is");
      case IdentityStep.NewSessionKeyring _ ->
          setUp(
              "Keys of the kernel belong to sessions, and are in no namespace.",
              "has the keys of the caller's session",
              "has a keyring of its own");
      case IdentityStep.LoadNotifyingSeccomp _ ->
          wall(
              "A program of the kernel's own looks at each system call before it is made; of some an"
                  + " agent outside decides what becomes of them.",
              "can make every system call",
              "gets an error for those that are not on the list");
      case IdentityStep.LoadSeccomp _ ->
          wall(
              "A program of the kernel's own looks at each system call before it is made. Many that"
                  + " no container needs have had holes: they are refused.",
              "can make every system call",
              "gets an error for those that are not on the list");
    };
  }

  private static Explanation of(ProcessStep step) {
    return switch (step) {
      case ProcessStep.Umask _ ->
          setUp("The mask takes rights from new files.", "", "makes files with these rights");
      case ProcessStep.SetRlimit _ ->
          wall(
              "A limit of each process, which its children inherit.",
              "has the engine's own limit",
              "cannot go above it");
      case ProcessStep.PassDescriptors _ ->
          setUp(
              "Some programs are given open files and sockets by whoever starts them.",
              "keeps them aside",
              "has them from number 3 on");
      case ProcessStep.SetDumpable _ ->
          setUp(
              "Until it is the program, this process has what the container must not get: rights, open"
                  + " files, the connection to the engine.",
              "could be traced by root of the container that it enters",
              "can be traced from outside only");
      case ProcessStep.OpenNull _ ->
          setUp(
              "A stream that leads nowhere is the null device. Root of the container could change the"
                  + " mode of the host's.",
              "has the host's null device as a stream",
              "has its own");
      case ProcessStep.SetScheduler _,
          ProcessStep.SetIoPriority _,
          ProcessStep.SetAffinity _,
          ProcessStep.SetMemoryPolicy _ ->
          setUp(
              "How much of the machine a process gets, and when.",
              "has what the runtime has",
              "has what was asked for");
      case ProcessStep.SetPersonality _ ->
          setUp(
              "A program may expect another kind of machine.",
              "is told what this machine is",
              "is told what it expects");
      case ProcessStep.WriteProc _ ->
          setUp(
              "A kernel parameter of its own namespaces, or of the process itself.",
              "has the kernel's own value",
              "has the one that was asked for");
      case ProcessStep.GoTo _ ->
          setUp(
              "A hook finds there what it works on: the bundle, or the root filesystem.",
              "is in the directory of the runtime",
              "is in the hook's directory");
      case ProcessStep.EnterDirectory _ ->
          setUp(
              "Resolved inside the root and through no magic link: it cannot mean a directory of"
                  + " the host (CVE-2024-21626).",
              "is in the root directory",
              "is where it was asked to be");
      case ProcessStep.FindProgram _ ->
          setUp(
              "Asked as the user who will run it, and before a filter could forbid the question, so"
                  + " that the error can say what is wrong.",
              "",
              "");
      case ProcessStep.CloseOnExec _ ->
          setUp(
              "The last descriptors close by themselves when the program begins; that the control"
                  + " socket closes tells the engine that it has.",
              "holds its control socket",
              "leaves the three streams to the program, and nothing else");
      case ProcessStep.Execute _ ->
          setUp(
              "The program takes the place of the proxy. Of the 400 bytes that did all this, nothing"
                  + " is left.",
              "is the proxy",
              "is the program");
    };
  }

  private static Explanation setUp(String why, String before, String after) {
    return new Explanation(why, before, after, false);
  }

  private static Explanation wall(String why, String before, String after) {
    return new Explanation(why, before, after, true);
  }
}
