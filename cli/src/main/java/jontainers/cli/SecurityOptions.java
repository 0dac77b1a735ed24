package jontainers.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jontainers.engine.Security;
import jontainers.engine.Security.SeccompChoice;
import jontainers.linux.RawText;
import jontainers.oci.DockerSeccompProfile;
import jontainers.oci.OciFormatException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// The options of `run` about what a container may do.
final class SecurityOptions {
  private static final String CAP_ADD = "--cap-add";
  private static final String CAP_DROP = "--cap-drop";
  private static final String PRIVILEGED = "--privileged";
  private static final String SECURITY_OPT = "--security-opt";
  private static final String DEVICE = "--device";
  private static final String DEVICE_CGROUP_RULE = "--device-cgroup-rule";

  private boolean noNewPrivileges;
  private boolean openSystemPaths;
  private SeccompChoice seccomp = new SeccompChoice.Standard();

  private SecurityOptions() {}

  static void describe(CommandSpec spec) {
    spec.addOption(Options.values("CAPABILITY", "Add a capability, or ALL", CAP_ADD));
    spec.addOption(Options.values("CAPABILITY", "Drop a capability, or ALL", CAP_DROP));
    spec.addOption(Options.flag("Let it do everything", PRIVILEGED));
    spec.addOption(
        Options.values(
            "WORD",
            "no-new-privileges, seccomp=FILE|unconfined, systempaths=unconfined,"
                + " apparmor=unconfined, label=disable",
            SECURITY_OPT));
    spec.addOption(Options.values("SOURCE[:TARGET][:rwm]", "Let it use a device", DEVICE));
    spec.addOption(Options.values("RULE", "Allow devices, as \"c 42:* rwm\"", DEVICE_CGROUP_RULE));
  }

  static Security read(Session session, ParseResult arguments) throws UsageException {
    var options = new SecurityOptions();
    for (String word : Options.list(arguments, SECURITY_OPT)) {
      options.take(session, word);
    }
    var devices = new ArrayList<Security.HostDevice>();
    for (String word : Options.list(arguments, DEVICE)) {
      devices.add(device(word));
    }
    return new Security(
        Options.isSet(arguments, PRIVILEGED),
        Options.list(arguments, CAP_ADD),
        Options.list(arguments, CAP_DROP),
        options.noNewPrivileges,
        options.seccomp,
        options.openSystemPaths,
        devices,
        Options.list(arguments, DEVICE_CGROUP_RULE));
  }

  /// `KEY=VALUE`, or `KEY:VALUE` as it was written once.
  private void take(Session session, String word) throws UsageException {
    String[] parts = word.split(word.indexOf('=') >= 0 ? "=" : ":", 2);
    String value = parts.length == 2 ? parts[1] : "";
    switch (parts[0]) {
      case "no-new-privileges" ->
          noNewPrivileges =
              switch (value) {
                case "", "true" -> true;
                case "false" -> false;
                default -> throw invalid(word);
              };
      case "seccomp" ->
          seccomp =
              switch (value) {
                case "unconfined" -> new SeccompChoice.Unconfined();
                case "builtin" -> new SeccompChoice.Standard();
                case "" -> throw invalid(word);
                default -> profile(session.path(value));
              };
      case "systempaths" -> {
        if (!value.equals("unconfined")) {
          throw invalid(word);
        }
        openSystemPaths = true;
      }
      case "apparmor" -> {
        if (!value.equals("unconfined")) {
          throw new UsageException(
              "AppArmor profiles are not supported: \"" + word + "\"",
              Files.isDirectory(Path.of("/sys/kernel/security/apparmor"))
                  ? "this version applies none"
                  : "this kernel has no AppArmor");
        }
      }
      case "label" -> {
        if (!value.equals("disable")) {
          throw new UsageException(
              "SELinux labels are not supported: \"" + word + "\"",
              Files.isDirectory(Path.of("/sys/fs/selinux"))
                  ? "this version applies none"
                  : "this kernel has no SELinux");
        }
      }
      default -> throw invalid(word);
    }
  }

  private static UsageException invalid(String word) {
    return new UsageException(
        "invalid --security-opt: \"" + word + "\"",
        "known are no-new-privileges, seccomp, systempaths, apparmor and label");
  }

  private static SeccompChoice profile(Path file) throws UsageException {
    try {
      return new SeccompChoice.Profile(DockerSeccompProfile.parse(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new UsageException("cannot read the seccomp profile " + file, "");
    } catch (OciFormatException e) {
      throw new UsageException(
          "the seccomp profile " + file + " is not one: " + e.getMessage(), "");
    }
  }

  /// `SOURCE`, `SOURCE:TARGET`, `SOURCE:rwm` or `SOURCE:TARGET:rwm`.
  private static Security.HostDevice device(String word) throws UsageException {
    List<String> parts = List.of(word.split(":", -1));
    String source = parts.getFirst();
    if (!source.startsWith("/") || parts.size() > 3) {
      throw new UsageException(
          "invalid device: \"" + word + "\"", "expected as SOURCE[:TARGET][:rwm]");
    }
    boolean onlyMode = parts.size() == 2 && parts.get(1).matches("[rwm]{1,3}");
    return new Security.HostDevice(
        RawText.path(source),
        parts.size() >= 2 && !onlyMode ? parts.get(1) : source,
        parts.size() == 3 ? parts.get(2) : onlyMode ? parts.get(1) : "rwm");
  }
}
