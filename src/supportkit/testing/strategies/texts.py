"""What customers write."""

from __future__ import annotations

from hypothesis import strategies as st

from supportkit.policy import Policy
from supportkit.testing.strategies.vocabulary import Vocabulary

__all__ = ["texts"]

_WORDS = (
    "Hello",
    "my order has not come",
    "since Monday",
    "please",
    "thank you",
    "grüße",
    "ありがとう",
    "42",
)


def texts(*, about: Policy | None = None, max_size: int = 80) -> st.SearchStrategy[str]:
    """Texts of a customer, some empty, some odd; `max_size` in code points.

    `about` a policy, they hold phrases that it listens to, as written or in capitals. They shrink towards the
    empty text, then towards plain words, then towards the policy's phrases in the order of the document.
    """
    phrases = Vocabulary.of(about).phrases
    words = st.sampled_from(_WORDS)
    if phrases:
        words |= st.sampled_from((*phrases, *(phrase.upper() for phrase in phrases)))
    sentences = st.lists(words, min_size=1, max_size=4).map(" ".join)
    anything = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=min(20, max_size))
    return (st.just("") | sentences | anything).map(lambda text: text[:max_size])
