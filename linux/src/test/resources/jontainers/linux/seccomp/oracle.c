/* Compile a profile (see ProfileText) by libseccomp, as runc would; write the program to stdout.
 * Names that this libseccomp does not know are written to stderr. */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *operators[] = {"", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ",
                                  "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"};

static struct { const char *name; uint32_t token; } arches[] = {
    {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64}, {"SCMP_ARCH_X86", SCMP_ARCH_X86},
    {"SCMP_ARCH_X32", SCMP_ARCH_X32}, {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
    {"SCMP_ARCH_ARM", SCMP_ARCH_ARM}};

static void die(const char *what, int rc) {
  fprintf(stderr, "oracle: %s: %s\n", what, strerror(-rc));
  exit(1);
}

int main(void) {
  scmp_filter_ctx filter = NULL;
  static char line[1 << 20];
  uint32_t otherwise = 0;
  int removed = 0;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    char *rest = line, *word = strsep(&rest, " ");
    if (!strcmp(word, "default")) {
      otherwise = strtoul(rest, NULL, 16);
      filter = seccomp_init(otherwise);
    } else if (!strcmp(word, "arch")) {
      if (!removed++) seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
      for (size_t i = 0; i < sizeof arches / sizeof *arches; i++)
        if (!strcmp(rest, arches[i].name)) {
          int rc = seccomp_arch_add(filter, arches[i].token);
          if (rc < 0 && rc != -EEXIST) die(rest, rc);
        }
    } else {
      uint32_t action = strtoul(strsep(&rest, " "), NULL, 16);
      char *list = strsep(&rest, " "), *name;
      struct scmp_arg_cmp all[64];
      int count = 0, per[6] = {0}, multiple = 0;
      for (char *one; list && strcmp(list, "-") && (one = strsep(&list, ","));) {
        char *index = strsep(&one, ":"), *op = strsep(&one, ":"), *a = strsep(&one, ":");
        struct scmp_arg_cmp c = {.arg = atoi(index), .datum_a = strtoull(a, NULL, 10),
                                 .datum_b = strtoull(one, NULL, 10)};
        for (int i = 1; i < 8; i++)
          if (!strcmp(op, operators[i])) c.op = i;
        multiple |= ++per[c.arg] > 1;
        all[count++] = c;
      }
      while ((name = strsep(&rest, " "))) {
        int number = seccomp_syscall_resolve_name(name);
        if (number == __NR_SCMP_ERROR) {
          fprintf(stderr, "%s\n", name);
          continue;
        }
        if (action == otherwise) continue;
        int rc = 0;
        if (!multiple) rc = seccomp_rule_add_array(filter, action, number, count, all);
        else
          for (int i = 0; i < count && rc == 0; i++)
            rc = seccomp_rule_add_array(filter, action, number, 1, all + i);
        if (rc < 0) die(name, rc);
      }
    }
  }
  int rc = seccomp_export_bpf(filter, STDOUT_FILENO);
  if (rc < 0) die("export", rc);
  return 0;
}
