"""Merging people and telling them apart again, in any order, loses nothing and mixes nothing up."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from office import make_office
from supportkit.errors import CommandRefused

# The directory knows two of them; the desk alone knows the others, by a name of its own making.
PEOPLE = ("jo", "big", "stranger", "passer-by")
WHO = st.sampled_from(PEOPLE)


class PeopleMachine(RuleBasedStateMachine):
    """A desk beside a model that knows whose cases are whose, and who was merged into whom."""

    @initialize()
    def everybody_writes(self):
        self.office = make_office()
        self.desk = self.office.desk
        self.merged, self.opened, self.owner, self.names = {}, {who: [] for who in PEOPLE}, {}, {}
        for who in PEOPLE:
            self.writes(who)
            self.names[who] = self.desk.case(self.opened[who][0]).customer

    def root(self, who):
        while who in self.merged:
            who = self.merged[who]
        return who

    def family(self, who):
        members = [who]
        for member in members:
            members += [other for other in PEOPLE if self.merged.get(other) == member]
        return members

    @rule(who=WHO)
    def writes(self, who):
        receipt = self.office.writes(who)
        assert receipt.action == "new"
        self.opened[who].append(receipt.case_id)
        self.owner[receipt.case_id] = (who, f"<m{self.office.written}@example.org>")

    @rule(who=WHO, data=st.data())
    def answers(self, who, data):
        case = data.draw(st.sampled_from(sorted(self.owner)))
        whose, message = self.owner[case]
        receipt = self.office.writes(who, headers=[("In-Reply-To", message)])
        joined = (case, "append") if self.root(who) == self.root(whose) else (None, "quarantine")
        assert (receipt.case_id, receipt.action) == joined

    @rule(who=WHO, into=WHO)
    def merge(self, who, into):
        allowed = who not in self.merged and self.root(into) != who
        assert self.does("merge_customers", self.names[who], into=self.names[into]) == allowed
        if allowed:
            self.merged[who] = into

    @rule(who=WHO)
    def unmerge(self, who):
        assert self.does("unmerge_customers", self.names[who]) == (who in self.merged)
        self.merged.pop(who, None)

    def does(self, verb, *args, **said):
        try:
            getattr(self.desk, verb)(*args, by="ann", **said)
        except CommandRefused:
            return False
        return True

    @invariant()
    def everybody_has_their_own_cases_and_those_of_whoever_is_one_person_with_them(self):
        if not hasattr(self, "names"):
            return
        order = [case.id for case in self.desk.cases()]
        for who, name in self.names.items():
            own = {case for member in self.family(who) for case in self.opened[member]}
            assert [case.id for case in self.desk.cases(customer=name)] == [c for c in order if c in own]

    def teardown(self):
        if not hasattr(self, "names"):
            return
        for who in tuple(self.merged):
            self.unmerge(who)
        self.everybody_has_their_own_cases_and_those_of_whoever_is_one_person_with_them()
        for who, name in self.names.items():
            assert self.desk.case(self.office.writes(who).case_id).customer == name


PeopleMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
test_people = PeopleMachine.TestCase
