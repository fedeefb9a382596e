"""Text from outside, where a person looks at it."""

from xml.etree import ElementTree

from configs.shown import all_shown, shown


def test_what_cannot_be_seen_is_written_as_python_writes_it():
    for text in ("a\nb", "a\x0bb", "\x1b[2J", "\x00", "\x85", "a\u202eb", "\u2028", "\ud800", "\ufeff"):
        assert shown(text) == repr(text)[1:-1]


def test_what_people_write_stays():
    for text in ("Größe (cm)", "日本語", "به‌نام", "👩‍🔬", "x\u0301", "a|b`c*", r"C:\data"):
        assert shown(text) == text
    assert shown("a\n\x1b", but="\n") == "a\n\\x1b"


def test_what_is_shown_can_stand_in_xml_and_on_one_line():
    text = shown("".join(map(chr, [*range(0x3000), *range(0xD7F0, 0xE010), *range(0xFF00, 0x10100)])))
    element = ElementTree.Element("a")
    element.text = text
    assert ElementTree.fromstring(ElementTree.tostring(element)).text == text
    assert len(text.splitlines()) == 1


def test_names_and_values_of_all_depths_are_shown():
    assert all_shown({"a\n": [1, None, {"b": ("\x1b",)}], "c": 0.5}) == {"a\\n": [1, None, {"b": ["\\x1b"]}], "c": 0.5}
