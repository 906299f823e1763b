"""Mail addresses as identities: one key for one mailbox, and a word for every doubt.

Sources: RFC 5321 and 5322 (syntax), RFC 5233 (sub-addresses), RFC 2142 (role names), RFC 3492 (IDNA's
punycode), draft-levine-smtp-batv (``prvs=``) and the Sender Rewriting Scheme (``SRS0=``, ``SRS1=``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from attrs import frozen

from supportkit.intake.mail_headers import mailboxes

__all__ = ["EmailAddress", "compare_emails", "parse_email"]

_DOMAIN_ALIASES = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "pm.me": "proton.me",
} | dict.fromkeys(("yandex.ru", "ya.ru", "yandex.by", "yandex.kz"), "yandex.com")
_PLUS = frozenset(
    "gmail.com outlook.com hotmail.com live.com msn.com icloud.com me.com mac.com fastmail.com fastmail.fm "
    "proton.me yandex.com mailbox.org posteo.de runbox.com hey.com".split()
)
_NO_DOTS = frozenset({"gmail.com"})
# Separators are left out before looking up, so "customer-service" is "customerservice".
_ROLES = frozenset(
    "abuse accounting accounts admin administratie administration administrator alert alerts assistenza "
    "atencion billing booking bookings bounce bounces buchhaltung careers clienti commandes compliance "
    "comptabilite contact contacto contactus contato customercare customerservice customersupport dpo "
    "empfang enquiries facturation facturen feedback finance frontdesk ftp hallo hello help helpdesk "
    "hostmaster hr info information inkoop inquiries invoice invoices it itsupport jobs klantenservice "
    "kontakt kundendienst kundenservice legal list marketing media news newsletter newsletters noc "
    "notification notifications office order orders ordini postmaster press privacy purchasing "
    "reception rechnung rechnungen recruitment replies reply reservation reservations returns root "
    "sales security sekretariat service servicedesk shop soporte staff store suporte support sysadmin "
    "team techsupport usenet uucp ventas ventes verkauf verkoop vertrieb webmaster www".split()
)
_MACHINES = re.compile(
    r"(?:^|[._+-])(?:no|do[._-]?not|dont)[._-]?reply(?:$|[._+\d-])|^mailer[._-]?daemon$"
    r"|^(?:keine?[._-]?antwort|nicht[._-]?antworten|ne[._-]?pas[._-]?repondre|nepasrepondre|no[._-]?responder"
    r"|nao[._-]?responda|nao[._-]?responder|non[._-]?rispondere|niet[._-]?beantwoorden)$"
)
_BATV = re.compile(r"(?:prvs=[^=]+=|btv1==[^=]+==)(?P<local>.+)", re.IGNORECASE)
_BATV_OLD = re.compile(r"prvs=(?P<local>[^=/]+)/[^=/]+", re.IGNORECASE)
_SRS = re.compile(
    r"(?:SRS0[=+-]|SRS1[=+-][^=]+=[^=]+=[=+-])[^=]+=[^=]+=(?P<domain>[^=]+)=(?P<local>.+)", re.IGNORECASE
)
_PLAIN = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LITERAL = re.compile(r"\[[0-9a-f.:]+\]|\[ipv6:[0-9a-f.:]+\]")
_SEPARATORS = str.maketrans("", "", "._-")
_DOTS = str.maketrans("。．｡", "...")


@frozen
class EmailAddress:
    """A mail address in its normalised form: lower case, IDNA as ASCII, BATV and SRS wrappings taken off."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def _domain(self) -> str:
        return _DOMAIN_ALIASES.get(self.domain, self.domain)

    @property
    def base(self) -> str:
        """The local part without its sub-address (``+tag``)."""
        head, _, _ = self.local.partition("+")
        return head or self.local

    @property
    def key(self) -> str:
        """The mailbox, by the rules of its provider: two addresses with one key are the same mailbox."""
        domain = self._domain
        local = self.base if domain in _PLUS else self.local
        bare = local.replace(".", "") if domain in _NO_DOTS else local
        return f"{bare or local}@{domain}"

    @property
    def mailbox(self) -> str:
        """The mailbox if sub-addresses lead to it, as they do nearly everywhere: `key` without them."""
        return self.key if self._domain in _PLUS else f"{self.base}@{self.domain}"

    @property
    def is_machine(self) -> bool:
        """Whether the name says that nobody reads answers (no-reply, mailer-daemon)."""
        return _MACHINES.search(self.local) is not None

    @property
    def is_shared(self) -> bool:
        """Whether the address belongs to a role or a machine, so that it names no person."""
        return self.base.translate(_SEPARATORS) in _ROLES or self.is_machine


def parse_email(raw: str) -> EmailAddress | None:
    """Read one address in any usual writing; None when there is none, or more than one, or it is broken.

    Display names and comments are left out: they never say who somebody is.

    >>> str(parse_email("Zoë <ZOE@Bücher.example> (home)"))
    'zoe@xn--bcher-kva.example'
    """
    text = raw.strip()
    if _PLAIN.fullmatch(text):  # nothing to unwrap, to normalise or to refuse but two dots in a row
        local, domain = text.lower().split("@")
        host = None if ".." in local else _host(domain)
        return None if host is None else EmailAddress(local, host)
    found = mailboxes(text[7:] if text.lower().startswith("mailto:") else text)
    if len(found) != 1 or "@" not in found[0][1]:
        return None
    local, _, domain = found[0][1].rpartition("@")
    return _address(_unquoted(local), domain)


def _address(local: str, domain: str) -> EmailAddress | None:
    if "=" in local:
        if wrapped := _BATV.fullmatch(local) or _BATV_OLD.fullmatch(local):
            return _address(wrapped["local"], domain)
        if wrapped := _SRS.fullmatch(local):
            return _address(wrapped["local"], wrapped["domain"])
    name = unicodedata.normalize("NFC", local).lower()
    host = _host(domain)
    broken = not name or host is None or re.search(r"[\s@\x00-\x1f]", name) or ".." in name
    return None if broken or host is None else EmailAddress(name, host)


def _unquoted(local: str) -> str:
    local = local.strip()
    if len(local) > 1 and local[0] == local[-1] == '"':
        return re.sub(r"\\(.)", r"\1", local[1:-1])
    return local


@lru_cache(4096)
def _host(domain: str) -> str | None:
    text = unicodedata.normalize("NFKC", domain.translate(_DOTS)).strip().lower().rstrip(".")
    if _LITERAL.fullmatch(text):
        return text
    labels = [_ascii_label(label) for label in text.split(".")]
    return ".".join(labels) if all(map(_LABEL.fullmatch, labels)) else None


def _ascii_label(label: str) -> str:
    # Not the codec "idna": that is IDNA 2003 and turns "ß" into "ss", which is another domain today.
    return label if label.isascii() else "xn--" + label.encode("punycode", "surrogatepass").decode("ascii")


def compare_emails(a: str, b: str) -> str:
    """Say whether two addresses are one person's: same, probable, different, shared or none.

    *shared*: the same role or no-reply address, which is an organisation's and nobody's. *probable*: they
    differ only in a sub-address, at a provider whose rule we do not know. *none*: one of them is no address.

    >>> compare_emails("Jane.Doe+shop@gmail.com", "janedoe@googlemail.com")
    'same'
    >>> compare_emails("info@acme.example", "Info@Acme.example")
    'shared'
    """
    return relate_emails(parse_email(a), parse_email(b))


def relate_emails(one: EmailAddress | None, two: EmailAddress | None) -> str:
    """Say what `compare_emails` says of two addresses that are read already."""
    if one is None or two is None:
        return "none"
    if one.key == two.key:
        return "shared" if one.is_shared else "same"
    tagged = "+" in one.local or "+" in two.local
    if tagged and one.domain == two.domain and one.base == two.base:
        return "shared" if one.is_shared else "probable"
    return "different"
