"""The words by which a reply is read, as data by language; a policy adds its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from attrs import evolve, field, frozen

from supportkit.errors import InvalidValue
from supportkit.rules import KeywordSet

__all__ = ["REPLY_WORDS", "ReplyWords"]

SIGNS: Final = ("feeling", "next_step", "apology", "ownership")


def phrases(given: str | Iterable[str]) -> tuple[str, ...]:
    """Return phrases; a text holds them between commas, over as many lines as it takes."""
    listed = given.split(",") if isinstance(given, str) else given
    found = tuple(" ".join(phrase.split()) for phrase in listed)
    if not all(found):
        raise InvalidValue(f"{given!r} holds an empty phrase; remove it")
    return found


@frozen(kw_only=True, slots=False)
class ReplyWords:
    """The words of one language.

    `feeling` shows that somebody sees how it is for the customer, `next_step` what happens now or what to do,
    `apology` says sorry, `ownership` that it was our doing. `filler` words name no concern.
    """

    feeling: tuple[str, ...] = field(default=(), converter=phrases)
    next_step: tuple[str, ...] = field(default=(), converter=phrases)
    apology: tuple[str, ...] = field(default=(), converter=phrases)
    ownership: tuple[str, ...] = field(default=(), converter=phrases)
    filler: tuple[str, ...] = field(default=(), converter=phrases)

    def with_more(self, more: Mapping[str, str | Iterable[str]]) -> ReplyWords:
        """Return the words with `more` of each sort added."""
        added = {name: (*getattr(self, name), *phrases(words)) for name, words in more.items()}
        return evolve(self, **added)

    @cached_property
    def sets(self) -> Mapping[str, KeywordSet]:
        """The signs as keyword sets, by name; a sign without words is left out."""
        return {name: KeywordSet(name, words) for name in SIGNS if (words := getattr(self, name))}

    @cached_property
    def fillers(self) -> frozenset[str]:
        """The filler words, as they are compared."""
        return frozenset(word.casefold() for word in self.filler)


REPLY_WORDS: Final = {
    "en": ReplyWords(
        feeling="""
            sorry, apologise, apologize, apologies, regret, understand, frustrating, frustrated,
            frustration, annoying, upsetting, disappointing, disappointed, worrying, worried,
            inconvenient, stressful, unacceptable, thank you for telling, must have been, i can see why, i
            see why, i can imagine, not what you expected, let you down
        """,
        next_step="""
            i will, i'll, we will, we'll, i am going to, we are going to, please, you can, you will,
            you'll, could you, can you, would you, let me know, call us, reply to, next step, your refund
            is, is on its way
        """,
        apology="""
            sorry, apologise, apologize, apologises, apologizes, apologies, apology, forgive us, forgive
            me
        """,
        ownership="""
            our fault, our mistake, our error, our responsibility, we were wrong, we got this wrong, we
            got it wrong, we made a mistake, we failed, we let you down, i let you down, my mistake, my
            fault, we are responsible, we take full responsibility, we take responsibility, i take
            responsibility, should not have happened, we should have
        """,
        filler="""
            a, about, after, again, all, also, am, an, and, another, any, anybody, anyone, anything, are,
            as, ask, asked, asking, at, back, be, because, been, before, being, between, bit, but, by,
            came, can, can't, cannot, come, comes, coming, could, dear, did, didn't, do, does, doesn't,
            doing, don't, down, during, each, even, ever, every, everything, few, first, for, from,
            further, get, gets, getting, give, given, go, goes, going, got, had, has, hasn't, have,
            haven't, having, he, hello, her, here, hers, hi, him, his, how, however, i, i'd, i'll, i'm,
            i've, if, in, into, is, isn't, it, it's, its, just, keep, keeps, kept, know, last, let, like,
            look, looked, looking, lot, madam, made, make, makes, many, me, more, most, much, must, my,
            need, needed, needs, never, next, no, nobody, nor, not, nothing, now, of, off, often, ok,
            okay, on, once, one, only, or, other, our, ours, out, over, own, please, put, really, regards,
            said, same, saw, say, says, see, seen, she, should, show, showed, shown, shows, since,
            sincerely, sir, so, some, somebody, someone, something, still, such, supposed, take, taken,
            takes, taking, tell, than, thank, thanks, that, that's, the, their, them, then, there, these,
            they, they're, thing, things, think, this, those, thought, three, through, time, times, to,
            told, too, took, tried, tries, try, trying, two, under, until, up, us, use, used, using, very,
            want, wanted, wants, was, wasn't, way, we, well, were, what, when, where, which, while, who,
            why, will, with, without, won't, would, yes, yet, you, your, yours
        """,
    ),
    "nl": ReplyWords(
        feeling="""
            sorry, excuses, spijt, begrijp, begrijpen, begrijpelijk, vervelend, frustrerend,
            teleurstellend, teleurgesteld, jammer, ik snap, kan me voorstellen, naar voor u, waarderen,
            fijn dat u, bedankt dat u
        """,
        next_step="""
            ik zal, wij zullen, we zullen, ik ga, wij gaan, we gaan, wilt u, kunt u, u kunt, u krijgt, u
            ontvangt, laat het ons weten, bel ons, volgende stap
        """,
        apology="""
            sorry, excuses, excuus, spijt ons, spijt mij, spijt me, neem ons niet kwalijk
        """,
        ownership="""
            onze fout, mijn fout, onze schuld, wij zijn verantwoordelijk, wij nemen de
            verantwoordelijkheid, dat had niet mogen gebeuren, wij hebben een fout gemaakt, we hebben een
            fout gemaakt, niet goed gedaan, wij hadden moeten, we hadden moeten
        """,
        filler="""
            aan, al, alles, als, altijd, ben, bent, bij, daar, dan, dat, de, der, deze, die, dit, doch,
            doen, door, dus, een, en, er, even, geen, geweest, haar, had, heb, hebben, heeft, hem, het,
            hier, hij, hoe, hun, ik, in, is, ja, je, jij, jou, kan, kunnen, maar, me, meer, men, met, mij,
            mijn, moet, na, naar, niet, niets, nog, nu, of, om, omdat, onder, ons, ook, op, over, reeds,
            te, tegen, toch, toen, tot, u, uit, uw, van, veel, voor, want, waren, was, wat, weer, wel,
            werd, wezen, wie, wij, wil, worden, wordt, zal, ze, zelf, zich, zij, zijn, zo, zonder, zou,
            beste, geachte, groet, graag, hallo, heel, we, wilt, kunt, gaan, ga, bedankt
        """,
    ),
    "de": ReplyWords(
        feeling="""
            entschuldigung, entschuldigen, leid, bedauern, bedaure, verstehe, verstehen, verständlich,
            ärgerlich, frustrierend, enttäuschend, enttäuscht, unangenehm, schade, kann mir vorstellen,
            nachvollziehen, danke dass sie
        """,
        next_step="""
            ich werde, wir werden, bitte, könnten sie, können sie, sie können, sie erhalten, sie bekommen,
            rufen sie, nächster schritt, nächste schritt, geben sie uns bescheid, melden sie sich
        """,
        apology="""
            entschuldigung, entschuldigen, tut mir leid, tut uns leid, bitten um verzeihung, verzeihung,
            bedauern wir, wir bedauern
        """,
        ownership="""
            unser fehler, mein fehler, unsere schuld, wir sind verantwortlich, wir übernehmen die
            verantwortung, hätte nicht passieren dürfen, wir haben einen fehler gemacht, wir hätten, liegt
            an uns
        """,
        filler="""
            ab, aber, alle, als, also, am, an, auch, auf, aus, bei, bin, bis, bist, da, damit, dann, das,
            dass, dein, dem, den, der, des, dich, die, dies, diese, diesem, diesen, dieser, dieses, dir,
            doch, dort, du, durch, ein, eine, einem, einen, einer, eines, er, es, euch, für, gegen,
            gewesen, hab, habe, haben, hat, hatte, hatten, hier, ich, ihm, ihn, ihnen, ihr, ihre, ihrem,
            ihren, im, in, ist, ja, jede, jeder, jedes, jetzt, kann, kein, keine, können, könnte, machen,
            man, mehr, mein, meine, meinem, meinen, meiner, mich, mir, mit, muss, nach, nicht, nichts,
            noch, nun, nur, ob, oder, ohne, sehr, sein, seine, seit, selbst, sich, sie, sind, so, um, und,
            uns, unser, unsere, unter, vom, von, vor, war, waren, was, weg, weil, weiter, wenn, wer,
            werde, werden, wie, wieder, will, wir, wird, wo, wollen, würde, zu, zum, zur, zwar, hallo,
            geehrte, geehrter, bitte, danke, gruß, grüße
        """,
    ),
}
"""The words that ship, by language; beginnings to add to, not a grammar."""
