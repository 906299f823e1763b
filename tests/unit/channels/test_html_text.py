import pytest

from supportkit.channels.html_text import html_text


@pytest.mark.parametrize(
    ("source", "text"),
    (
        ("Hello<br>you", "Hello\nyou"),
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("  much \n\n white\t space&nbsp;here ", "much white space here"),
        ("<pre>as\nwritten</pre>", "as\nwritten"),
        ("&lt;b&gt; &amp; &euro;", "<b> & €"),
        ("<head><title>x</title></head><body>y</body>", "y"),
        ("<head><title>x</title><body>y", "y"),
        ("<style>p{}</style><script>alert(1)</script>y<!-- z -->", "y"),
        ("<p>never <b>closed", "never closed"),
        ("</p></pre></script>stray", "stray"),
        ("<", "<"),
        ("", ""),
    ),
)
def test_html_reads_as_its_reader_sees_it(source, text):
    assert html_text(source) == text
