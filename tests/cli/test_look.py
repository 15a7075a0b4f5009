"""`tirage look`: what is listed is what is shipped."""

from __future__ import annotations

from tirage.finishing.look.load import load_look, shipped_looks


def test_list_names_every_shipped_look_on_a_line_of_its_own(run):
    lines = run("look", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == shipped_looks()
    assert all(line.endswith(load_look(line.split()[0]).description) for line in lines)


def test_show_prints_every_value_and_promise(run):
    for name in shipped_looks():
        look, text = load_look(name), run("look", "show", name).stdout
        assert f"{look.tone.contrast:g}" in text and look.licence in text
        assert all(promise in text for promise in look.character)


def test_an_unknown_look_is_a_wrong_request(run):
    result = run("look", "show", "livly")
    assert result.exit_code == 2 and "'lively'" in result.stderr


def test_a_missing_look_file_is_one_sentence(run):
    result = run("look", "show", "./none.toml")
    assert result.exit_code == 1 and "none.toml" in result.stderr and result.stderr.count("\n") == 1
