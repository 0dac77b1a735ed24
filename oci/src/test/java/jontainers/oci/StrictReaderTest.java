package jontainers.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Documents that two readers could read in two ways have one digest and two meanings: they are
/// refused (CVE-2021-41190).
class StrictReaderTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);
  private static final String CHILD =
      "{\"mediaType\":\"a/b\",\"digest\":\"" + DIGEST + "\",\"size\":7}";
  private static final String MANIFEST =
      "{\"schemaVersion\":2,\"config\":" + CHILD + ",\"layers\":[" + CHILD + "]}";
  private static final String INDEX = "{\"schemaVersion\":2,\"manifests\":[" + CHILD + "]}";
  private static final String IMAGE =
      "{\"architecture\":\"a\",\"os\":\"b\",\"config\":{\"User\":\"1\"},"
          + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
          + DIGEST
          + "\"]}}";
  private static final String BUNDLE =
      "{\"ociVersion\":\"1.0.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":0,\"gid\":0}},"
          + "\"linux\":{\"maskedPaths\":[\"/a\"],\"namespaces\":[]}}";
  private static final String ARCHIVE =
      "[{\"Config\":\"c\",\"RepoTags\":[\"a:b\"],\"Layers\":[\"l\"]}]";

  /// Each kind of document, and how it is read.
  private record Kind(String json, Function<byte[], Object> reader) {
    private static final Kind MANIFEST_JSON = new Kind(MANIFEST, Manifest::parse);
    private static final Kind INDEX_JSON = new Kind(INDEX, Index::parse);
    private static final Kind IMAGE_JSON = new Kind(IMAGE, ImageConfig::parse);
    private static final Kind BUNDLE_JSON = new Kind(BUNDLE, Spec::parse);
    private static final Kind ARCHIVE_JSON = new Kind(ARCHIVE, DockerArchive::parse);

    static List<Kind> values() {
      return List.of(MANIFEST_JSON, INDEX_JSON, IMAGE_JSON, BUNDLE_JSON, ARCHIVE_JSON);
    }

    void accepts(String text) {
      assertThat(reader.apply(text.getBytes(UTF_8))).isNotNull();
    }

    void refuses(String text, String why) {
      assertThat(text).isNotEqualTo(json);
      assertThatThrownBy(() -> reader.apply(text.getBytes(UTF_8)))
          .as(text)
          .isInstanceOf(OciFormatException.class)
          .hasMessageContaining(why);
    }
  }

  @Test
  void a_field_that_is_there_twice_is_refused() {
    for (var kind : Kind.values()) {
      kind.accepts(kind.json);
      String first = kind.json.replaceFirst("(?s).*?(\"[^\"]+\"):.*", "$1");
      kind.refuses(kind.json.replaceFirst("\\{", "{" + first + ":null,"), "is there twice");
      kind.refuses(kind.json.replaceFirst("\\{", "{\"x\":1,\"x\":1,"), "is there twice");
      kind.refuses(
          kind.json.replaceFirst("\\{", "{\"x\":[{\"a\":1,\"\\\\u0061\":2}],"), "is there twice");
    }
  }

  @Test
  void a_field_that_is_there_in_two_cases_is_refused() {
    Kind.MANIFEST_JSON.refuses(
        MANIFEST.replaceFirst("\\{", "{\"Layers\":[],"),
        "\"Layers\" could be taken for \"layers\"");
    Kind.MANIFEST_JSON.refuses(MANIFEST.replaceFirst("7}", "7,\"SIZE\":8}"), "taken for \"size\"");
    Kind.INDEX_JSON.refuses(INDEX.replaceFirst("\\{", "{\"MANIFESTS\":[],"), "taken for");
    Kind.INDEX_JSON.refuses(INDEX.replaceFirst("\\{", "{\"Layers\":[],"), "taken for");
    Kind.IMAGE_JSON.refuses(IMAGE.replaceFirst("\\{", "{\"Rootfs\":{},"), "taken for \"rootfs\"");
    Kind.IMAGE_JSON.refuses(IMAGE.replace("\"User\"", "\"user\":\"0\",\"User\""), "taken for");
    Kind.BUNDLE_JSON.refuses(BUNDLE.replace("\"uid\"", "\"UID\":1,\"uid\""), "taken for \"uid\"");
    Kind.ARCHIVE_JSON.refuses(ARCHIVE.replaceFirst("\\{", "{\"layers\":[],"), "taken for");
  }

  /// Go takes it for the field, this would not.
  @Test
  void a_field_in_another_case_alone_is_refused() {
    Kind.MANIFEST_JSON.refuses(MANIFEST.replace("layers", "Layers"), "taken for \"layers\"");
    Kind.IMAGE_JSON.refuses(IMAGE.replace("\"config\"", "\"Config\""), "taken for \"config\"");
    Kind.BUNDLE_JSON.refuses(BUNDLE.replace("maskedPaths", "maskedpaths"), "taken for");
    Kind.ARCHIVE_JSON.refuses(ARCHIVE.replace("RepoTags", "repotags"), "taken for");
  }

  /// The long s and the Kelvin sign, as they are and as escapes.
  @Test
  void a_field_that_folds_beyond_ascii_is_refused() {
    Kind.MANIFEST_JSON.refuses(
        MANIFEST.replaceFirst("\\{", "{\"layer\u017f\":[],"), "\"layer\\u017f\" could be taken");
    Kind.MANIFEST_JSON.refuses(MANIFEST.replaceFirst("\\{", "{\"layer\\\\u017F\":[],"), "taken");
    Kind.BUNDLE_JSON.refuses(BUNDLE.replace("maskedPaths", "mas\u212aedPaths"), "taken for");
    Kind.BUNDLE_JSON.refuses(BUNDLE.replace("maskedPaths", "\\u006das\\u212aedPaths"), "taken for");
  }

  /// The escapes of a name are no part of it.
  @Test
  void an_escaped_name_is_the_name() {
    Kind.MANIFEST_JSON.accepts(MANIFEST.replace("layers", "l\\u0061yers"));
    assertThat(Manifest.parse(MANIFEST.replace("layers", "l\\u0061yers").getBytes(UTF_8)))
        .isEqualTo(Manifest.parse(MANIFEST.getBytes(UTF_8)));
    Kind.MANIFEST_JSON.refuses(
        MANIFEST.replaceFirst("\\{", "{\"l\\\\u0061yers\":[],"), "\"layers\" is there twice");
    Kind.MANIFEST_JSON.refuses(MANIFEST.replace("layers", "\\layers"), "a wrong escape");
  }

  /// `wtfcnba` and `size` have the same FNV-1a of 32 bits, by which the library knows names.
  @Test
  void a_name_of_the_same_hash_is_another_name() {
    var size = MANIFEST.replaceFirst("7}", "7,\"wtfcnba\":8}");

    assertThat(Manifest.parse(size.getBytes(UTF_8)).config().size()).isEqualTo(7);
  }

  @Test
  void names_that_are_content_may_differ_in_case_alone() {
    String labels = "{\"A\":\"1\",\"a\":\"2\",\"config\":\"3\",\"Config\":\"4\"}";

    var config =
        ImageConfig.parse(
            IMAGE.replace("\"User\"", "\"Labels\":" + labels + ",\"User\"").getBytes(UTF_8));

    assertThat(config.config().labels()).hasSize(4).containsEntry("A", "1").containsEntry("a", "2");
    Kind.BUNDLE_JSON.accepts(BUNDLE.replaceFirst("\\{", "{\"annotations\":" + labels + ","));
    Kind.IMAGE_JSON.refuses(
        IMAGE.replace("\"User\"", "\"Labels\":{\"a\":\"\",\"a\":\"\"},\"User\""), "there twice");
    Kind.IMAGE_JSON.refuses(
        IMAGE.replace("\"User\"", "\"Volumes\":{\"/a\":{},\"/a\":{}},\"User\""), "there twice");
  }

  @Test
  void a_number_is_whole_and_in_its_range() {
    for (String size :
        new String[] {
          "1e30",
          "1e3",
          "7.0",
          "7.5",
          "-7",
          "-0.0",
          "9223372036854775808",
          "18446744073709551623",
          "\"7\"",
          "07",
          "+7",
          "0x7",
          "NaN",
          "7_0",
          "1" + "0".repeat(1000)
        }) {
      Kind.MANIFEST_JSON.refuses(MANIFEST.replaceFirst("7}", size + "}"), "");
    }
    Kind.MANIFEST_JSON.refuses(MANIFEST.replaceFirst("2,", "4294967298,"), "schemaVersion");
    Kind.BUNDLE_JSON.refuses(BUNDLE.replace("\"uid\":0", "\"uid\":1e300"), "process.user.uid");
    Kind.BUNDLE_JSON.refuses(BUNDLE.replace("\"uid\":0", "\"uid\":0.0"), "process.user.uid");
  }

  @Test
  void a_document_is_the_whole_text_and_nothing_but_json() {
    for (var kind : Kind.values()) {
      kind.accepts(" \r\n\t" + kind.json + "\n ");
      for (String more :
          new String[] {"x", "{}", "}", "]", ",", "\u00a0", "\u0001", "//", "\"\""}) {
        kind.refuses(kind.json + more, "");
        kind.refuses(more + kind.json, "");
      }
      kind.refuses("\ufeff" + kind.json, "");
      kind.refuses(kind.json.replaceFirst("\\}(\\]?)$", ",}$1"), "nothing follows a ','");
      kind.refuses(kind.json.replaceFirst("\\{", "{,"), "");
      kind.refuses(kind.json.replaceFirst("\\{", "{\"x\":1 "), "expected");
      kind.refuses(kind.json.replaceFirst("\\{", "{\"x\":[1,],"), "nothing follows a ','");
      kind.refuses(kind.json.replaceFirst("\\{", "{\"x\":[1 2],"), "expected");
      kind.refuses(kind.json.replaceFirst("\\{", "{\"x\":,"), "a value expected");
      kind.refuses(kind.json.replaceFirst("\\{", "{\"x\":nul,"), "null expected");
      kind.refuses(kind.json.replaceFirst("\\{", "{\"x\":\"\n\","), "control character");
      kind.refuses(kind.json.replaceFirst("\\{", "{\"x\":-,"), "a digit expected");
      kind.refuses(kind.json.replaceFirst("\\{", "{'x':1,"), "");
      kind.refuses(
          kind.json.replaceFirst("\\{", "{\"x\":" + "[".repeat(600) + "]".repeat(600) + ","),
          "nested deeper than");
      for (int end = 1; end < kind.json.length(); end++) {
        kind.refuses(kind.json.substring(0, end), "");
      }
    }
    Kind.BUNDLE_JSON.refuses(BUNDLE.replace("[]", "[,]"), "");
  }

  @Test
  void a_tree_is_read_as_strictly() {
    assertThat(JsonTree.parse("{\"b\":[1,-2.5,true,null,\"\\n\"],\"a\":{}}"))
        .hasToString("{b=[1, -2.5, true, null, \n], a={}}");
    for (String text : new String[] {"{\"a\":1,\"a\":1}", "[1,]", "1 2", "", "[1", "{\"a\" 1}"}) {
      assertThatThrownBy(() -> JsonTree.parse(text)).isInstanceOf(OciFormatException.class);
    }
  }
}
