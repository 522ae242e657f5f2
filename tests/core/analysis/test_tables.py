"""Tables that leave the program."""

from core.analysis.tables import to_csv, to_latex, to_markdown

HEADER = ["Run", "Loss ± 95 %"]
ROWS = [["a|b", "0.10 ± 0.01"], ["x_1 & 50%", "–"]]


def test_markdown_keeps_its_bars_apart():
    assert (
        to_markdown(HEADER, ROWS)
        == "| Run | Loss ± 95 % |\n| --- | --- |\n| a\\|b | 0.10 ± 0.01 |\n| x_1 & 50% | – |\n"
    )


def test_latex_escapes_what_latex_would_read():
    text = to_latex(HEADER, ROWS)
    assert r"Loss $\pm$ 95 \% \\" in text
    assert r"x\_1 \& 50\% & -- \\" in text
    assert text.startswith(r"\begin{tabular}{ll}")


def test_csv_quotes_commas_and_disarms_formulas_but_not_numbers():
    assert to_csv(["a", "b"], [["1,5", "=cmd()"], ["-0.5", "+x"]]) == "a,b\n\"1,5\",'=cmd()\n-0.5,'+x\n"
