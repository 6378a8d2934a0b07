# SPDX-License-Identifier: AGPL-3.0-or-later
"""What could go wrong for somebody with this software: the known hazards, what it does about each, and what the co-op must do.

Each thing that the software does names the test or page that shows it; a test of ours finds a name that leads nowhere. How likely
and how grave a hazard is in a co-op, its people judge: blanks, with words for the five steps of either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_NODE: Final = "tests/node/"
_SAFE: Final = "tests/node/introductions/test_safety.py::"
_WORRY: Final = "tests/node/safeguarding/"
_CLOCK: Final = "tests/node/introductions/test_clock.py::"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """`causes`: what may lead to it; `harm`: what it may do to somebody; `does`: (what the software does, what shows it);
    `must`: what only the co-op can do."""

    title: str
    causes: tuple[str, ...]
    harm: str
    does: tuple[tuple[str, str], ...]
    must: tuple[str, ...]


LIKELY: Final = (
    ("1", "very unlikely", "we would be surprised to see it once in ten years"),
    ("2", "unlikely", "once in some years"),
    ("3", "possible", "about once a year"),
    ("4", "likely", "some times a year"),
    ("5", "very likely", "every month, or more often"),
)
GRAVE: Final = (
    ("1", "minor", "upset for a short time, nobody is hurt"),
    ("2", "noticeable", "distress for days, or a small injury to one person"),
    ("3", "considerable", "lasting distress or an injury to one person, or distress to several"),
    ("4", "major", "a grave injury, abuse, or a lasting loss to one person, or injuries to several"),
    ("5", "the worst", "somebody dies, or several people are gravely hurt"),
)
HAZARDS: Final = (
    Hazard(
        title="The wrong person is shown",
        causes=("two people of one name", "somebody acts in a session that another left open", "a number of a row is guessed"),
        harm="Somebody trusts, meets or tells a person whom they did not mean.",
        does=(
            (
                "Offers carry a co-op, an area and own words, never a name; who it is comes out only when both say yes.",
                "tests/village/test_privacy.py::test_after_sharing_exactly_the_shared_fields_are_there",
            ),
            ("Another's thing and no thing look alike.", f"{_NODE}support/test_pages_offers.py::"
             "test_anothers_offer_and_no_offer_look_alike_and_members_have_none"),
            ("Who acts for somebody sees whom they act for, and it is written down.", f"{_NODE}signin/test_delegates.py::"
             "test_a_delegate_acts_for_the_person_says_so_and_the_person_reads_what_was_done"),
        ),
        must=("Before a first meeting, ring each other. Meet in a public place, never first at somebody's home.",),
    ),
    Hazard(
        title="An offer is out of date",
        causes=("a supporter is ill, full or away", "a neighbour co-op's computer is off", "nobody looked at it for months"),
        harm="Somebody waits for an answer that can't come, or meets a supporter who is not fit for it now.",
        does=(
            ("An offer ends unless its supporter says that it is still right.",
             f"{_NODE}support/test_sharing.py::test_expiry_and_the_reminder"),
            ("A check-in that lapsed pauses the offers.",
             f"{_NODE}support/test_sharing.py::test_a_lapsed_check_in_pauses_and_the_next_one_resumes"),
            ("What was withdrawn is gone at once here, and at neighbours as soon as they are reached.",
             f"{_NODE}support/test_offers.py::test_withdrawn_is_gone"),
            ("A no, or no answer, leads to other ways on.", f"{_CLOCK}test_an_ask_that_is_not_answered"),
        ),
        must=("Hold the check-ins. Ask supporters who are full or away to say so: it takes one press.",),
    ),
    Hazard(
        title="A message is not delivered, or comes late",
        causes=("the other computer is off for days", "mail is refused, or lands among junk", "a computer was put back"),
        harm="Somebody thinks that they were left alone, or waits at a meeting place.",
        does=(
            ("The timeline says where it is; after a week it says that it did not arrive.",
             f"{_CLOCK}test_a_message_that_never_arrives_is_told_after_a_week"),
            ("It goes on by itself when the other computer is back.",
             f"{_NODE}exchange/test_letters.py::test_what_waited_goes_as_soon_as_the_neighbour_answers_again"),
            ("It takes effect once, however often it comes.",
             f"{_NODE}exchange/test_letters.py::test_one_hundred_deliveries_at_once_take_effect_once"),
            ("Who did not check out after a meeting is told to their own lead.",
             f"{_CLOCK}test_who_did_not_check_out_is_told_to_their_own_lead"),
        ),
        must=("Tell members that replies take days, and whom to ring when it can't wait.",
              "Look at the list of mail that was refused, each week."),
    ),
    Hazard(
        title="A worry about safety is not seen",
        causes=("the lead is away", "nobody holds the role", "the number to ring is wrong"),
        harm="Somebody goes on being hurt.",
        does=(
            ("It goes to lead and deputy; unopened for a day, everybody concerned is told, with a number to ring.",
             f"{_WORRY}test_unopened.py::test_after_a_day_raiser_and_readers_are_told_and_the_state_says_whom_to_ring"),
            ("One that nobody would read is not taken: the number is given at once.",
             f"{_WORRY}test_raising.py::"
             "test_a_worry_nobody_would_read_is_not_taken_and_the_number_is_given_with_every_other_fault"),
            ("The numbers for an emergency stand above it.",
             f"{_WORRY}test_pages_worry.py::test_the_numbers_stand_first_and_every_councils_are_there"),
        ),
        must=("Ring the numbers yourselves, every three months: out of hours, lead, deputy, the council's.",
              "Nobody reads this at night. Say so to members."),
    ),
    Hazard(
        title="The safeguarding lead and deputy are both away",
        causes=("holidays at the same time", "illness", "a role ended and nobody took it over"),
        harm="A worry waits for days.",
        does=(
            ("Offers are shared with neighbours only while lead, deputy and a number out of hours are set.",
             f"{_WORRY}test_telling.py::test_offers_are_shared_only_with_lead_deputy_and_a_number"),
            ("It goes to who holds the role now.",
             f"{_WORRY}test_unopened.py::test_when_the_last_reader_is_gone_it_goes_to_who_holds_the_role_now"),
            ("Where nobody is left, the raiser is told to ring.",
             f"{_WORRY}test_unopened.py::test_when_nobody_is_left_to_read_it_the_raiser_is_told_to_ring"),
        ),
        must=("Agree on leave together. Name a third person who can take the role within a day.",),
    ),
    Hazard(
        title="A supporter is not who they say they are, or means harm",
        causes=("somebody joins to get at lonely people", "a supporter borrows money, or oversteps"),
        harm="Abuse, loss of money, fear.",
        does=(
            ("Nothing is offered before a lead has written down induction, promise, supervisor and next check-in.",
             f"{_NODE}support/test_offers.py::test_the_gate_at_the_check"),
            ("Each shares nothing about themselves before both say yes, and can stop without a reason.",
             f"{_SAFE}test_a_no_tells_no_reason"),
            ("“Never again” can't be told from any other no.", f"{_SAFE}test_never_again_cannot_be_told_from_any_other_no"),
            ("After a withdrawal a closed copy is kept for a worry about it.",
             f"{_SAFE}test_the_sealed_copy_opens_only_for_a_reader_of_a_concern_about_it"),
        ),
        must=("Know your supporters in person. Decide for which roles a check of criminal records may, and must, be made.",
              "Talk about money, gifts and lifts at the induction."),
    ),
    Hazard(
        title="Data are seen by the wrong helper",
        causes=("a role was not ended", "a helper keeps looking", "a lead knows the person in private life"),
        harm="Somebody's health or trouble becomes known; they stop asking for help.",
        does=(
            ("Every act asks for its role, each time.", "tests/village/test_rights.py::"
             "test_every_act_refuses_every_role_without_the_right"),
            ("Roles that see such things count only after a second proof.", "tests/village/test_rights.py::"
             "test_a_guarded_role_counts_for_no_act_until_it_is_proved"),
            ("Who is unticked, or said to have caused harm, finds nothing of a worry by any way.",
             f"{_WORRY}test_raising.py::test_who_is_unticked_finds_nothing_by_any_way"),
            ("Introductions open to who acts for somebody only by that person's own switch.",
             f"{_NODE}signin/test_delegates.py::test_introductions_open_only_by_the_persons_own_switch"),
        ),
        must=("Go through the roles every three months, and end those that are over.",
              "Ask members to look at who looked at theirs."),
    ),
    Hazard(
        title="A shared device, or somebody looks over a shoulder",
        causes=("a tablet in a day centre", "a partner who reads along", "mail on a lock screen"),
        harm="Somebody at home learns of a worry or a friendship; violence may follow.",
        does=(
            ("A session on a shared device ends after an hour of rest.", f"{_NODE}signin/test_sessions.py::"
             "test_a_shared_device_is_forgotten_after_an_hour_of_rest_and_twelve_at_most"),
            ("A worry leaves no trace for the other person.",
             f"{_SAFE}test_a_worry_stays_at_home_and_leaves_no_trace_for_the_other"),
            ("Mail says no more than that something waits; a page can be left in one press.", "docs/members/worried.md"),
        ),
        must=("Ask alone how somebody wants to be reached. Offer a card, paper or a call.",),
    ),
    Hazard(
        title="The server is down when somebody waits",
        causes=("a disk is full", "the provider is not paid", "an update goes wrong", "who looks after it is away"),
        harm="Somebody in need finds no page and no number.",
        does=(
            ("What was acknowledged is still there after any stop; what was on its way goes on.",
             f"{_NODE}exchange/test_letters.py::test_killed_between_sending_and_acknowledging_the_same_letter_goes_again"),
            ("It says in words what is wrong and what to do next.", "docs/operators/running.md"),
            ("A page to print for whoever is left with the server.", "docs/operators/away.md"),
        ),
        must=("Give every member the co-op's telephone number and the numbers for an emergency on paper.",
              "Name a second person for the server."),
    ),
    Hazard(
        title="A restore brings back what was erased",
        causes=("the newest backup is older than an erasure", "a copy of the server is started"),
        harm="Somebody who left in fear is there again, with their address.",
        does=(
            ("What ended since is ended again before anybody is served.",
             f"{_NODE}backing/test_endings.py::test_each_kind_that_a_column_tells"),
            ("What was erased is in no byte.",
             f"{_NODE}backing/test_endings.py::test_an_erased_call_and_an_invitation_are_in_no_byte"),
            ("Neighbours tell what was withdrawn.", f"{_NODE}backing/test_neighbours.py::"
             "test_a_restored_co_op_among_its_neighbours"),
        ),
        must=("Keep the file keys/erasures on another disk than the database. Try a restore every three months.",),
    ),
    Hazard(
        title="A translation says something else",
        causes=("a catalogue was made with the help of a machine", "a new sentence is still in English"),
        harm="Somebody agrees to what they did not understand, or rings the wrong number.",
        does=(
            ("Numbers and places in a sentence are the same in each language.",
             "tests/house/test_words.py::test_each_translation_fits_its_sentence"),
            ("A sentence that nobody translated stays English, and none is guessed.",
             "tests/house/test_words.py::test_each_catalogue_has_what_is_said_and_nothing_else"),
        ),
        must=("Let a speaker read the pages of a language before you offer it. Consent and safety first.",),
    ),
    Hazard(
        title="A crisis comes by a page that nobody reads at once",
        causes=("somebody writes of ending their life in an ask or a message",),
        harm="Help comes too late.",
        does=(
            ("Certain topics and words bring the numbers for a crisis to the top.",
             f"{_NODE}support/test_pages_find.py::test_who_can_be_rung_stands_on_top_once_it_sounds_like_a_crisis"),
            ("Each ask and message page shows them, and that replies take days.",
             f"{_WORRY}test_crisis.py::test_england_names_option_2_and_the_co_ops_own_number_comes_last"),
        ),
        must=("Machines overlook words. Make sure that supporters know what to do when they read such a thing.",),
    ),
)  # fmt: skip
