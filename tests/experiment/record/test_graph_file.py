import logging

from configs.schema import Study
from configs.sections.output import Output
from experiment.record.graph_file import keep_graph, read_graph
from experiment.run.framework_directory import FrameworkDirectory
from reporting.board.graph import Node, graph_def, unused

NODES = [Node("inputs", "Placeholder", (), (1, 3)), Node("hidden.0/relu", "relu", ("inputs",), (1, 3))]


def test_a_graph_comes_back_as_it_was_written(tmp_path):
    directory = FrameworkDirectory(tmp_path)
    keep_graph(Study(), directory, lambda: NODES)
    assert read_graph(directory.graph) == NODES


def test_a_net_that_cannot_be_traced_is_a_line_in_the_log_and_no_more(tmp_path, caplog):
    directory = FrameworkDirectory(tmp_path)
    with caplog.at_level(logging.INFO, "twinfold"):
        keep_graph(Study(), directory, lambda: [][0])
    assert read_graph(directory.graph) == []
    assert caplog.messages == ["graph: none is shown, the net cannot be traced (list index out of range)"]


def test_without_tensorboard_nothing_is_traced(tmp_path):
    keep_graph(Study(output=Output(tensorboard=False)), FrameworkDirectory(tmp_path), lambda: [][0])
    assert list(tmp_path.iterdir()) == []


def test_tensorboard_is_told_names_edges_and_shapes():
    placeholder, relu = graph_def(NODES).node
    assert (placeholder.name, relu.op, list(relu.input)) == ("inputs", "relu", ["inputs"])
    assert [side.size for side in relu.attr["_output_shapes"].list.shape[0].dim] == [1, 3]


def test_a_name_is_given_once():
    taken: set[str] = set()
    assert [unused("mul", taken) for _ in range(3)] == ["mul", "mul_1", "mul_2"]
