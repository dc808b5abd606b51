"""Every check with the requirements that it is evidence for; what people answer; what does not apply.

Numbers are those of PCI DSS v4.0.1; requirements are told in our own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from simulator.compliance import (
    access,
    diagram,
    files,
    inventories,
    monitoring,
    runs,
    services,
    stages,
    stores,
    workflows,
)
from simulator.compliance.evidence import Evidence, Finding, Source

Examine = Callable[[Evidence], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """`examine` gives one finding for each thing looked at; `nothing` says why there may be none."""

    id: str
    requirements: tuple[str, ...]
    sources: tuple[Source, ...]
    title: str
    nothing: str
    examine: Examine


@dataclass(frozen=True, slots=True)
class Manual:
    """A requirement that no machine answers here, with the question to answer."""

    requirement: str
    question: str


def _none(_evidence: Evidence) -> Iterator[Finding]:
    yield from ()


def _both(*examined: Examine) -> Examine:
    """What several look at, one after another."""

    def examine(evidence: Evidence) -> Iterator[Finding]:
        for one in examined:
            yield from one(evidence)

    return examine


def _check(
    id_: str, requirements: str, sources: str, title: str, nothing: str, examine: Examine
) -> Check:
    named: dict[str, Source] = {"T": "T", "A": "A", "S": "S", "M": "M"}
    return Check(
        f"C-{id_}", tuple(requirements.split()), tuple(named[letter] for letter in sources),
        title, nothing, examine,
    )  # fmt: skip


_NO_RUNS: Final = "no scenario shows it"

CHECKS: Final = (
    _check("1.2.4", "1.2.4 12.5.2", "MTAS", "The data-flow diagram is current, and runs confirm its card data", "no data-flow diagram is declared", diagram.data_flow),
    _check("1.3.2", "1.3.2", "S", "Only declared hosts are called", "nothing outside AWS was called", runs.outside_hosts),
    _check("1.4.4", "1.4.4 1.3.1", "T", "No public stores", "no buckets, open policies or function URLs", stores.public_stores),
    _check("2.2.4", "2.2.4", "T", "Nothing that nobody needs", "no roles, functions or routes", access.needed),
    _check("2.2.6", "2.2.6 2.2.1", "T", "Supported runtimes, throttled stages", "no functions or stages", services.secure_settings),
    _check("2.2.7", "2.2.7 4.2.1", "T", "TLS only", "no buckets, queues, topics or distributions", stores.tls_only),
    _check("3.2.1a", "3.2.1", "T", "Card caches expire", "no card tables are declared", stores.expiry_on_caches),
    _check("3.2.1b", "3.2.1", "S", "The expiry that is written is a number of seconds, and short", "no card item was written", runs.expiry_written),
    _check("3.2.1c", "3.2.1", "A", "The card is cleared on every path", "no card workflows are declared", workflows.cleared_on_every_path),
    _check("3.2.1c-runs", "3.2.1", "S", "No card item is left after a scenario", "no card tables are declared, or no scenario shows it", runs.nothing_held),
    _check("3.2.1d", "3.2.1", "T", "No copies of cards; records can be recovered", "no card tables are declared", stores.no_copies),
    _check("3.3.1", "3.3.1 3.3.1.2", "S", "The verification code is not kept", _NO_RUNS, runs.code_not_kept),
    _check("3.3.2", "3.3.2", "TS", "Codes are encrypted before authorisation, by keys of the account's own", "no card tables are declared", _both(stores.card_stores_encrypted, runs.code_encrypted)),
    _check("3.4.1", "3.4.1", "S", "Answers, logs and messages show masked numbers only", _NO_RUNS, runs.masked),
    _check("3.5.1", "3.5.1", "S", "Stored numbers are unreadable", _NO_RUNS, runs.unreadable),
    _check("3.5.1.1", "3.5.1.1", "S", "No hash of a number without a key", _NO_RUNS, runs.keyed_hashes),
    _check("3.6.1", "3.6.1 3.6.1.3 7.2.5", "T", "Card keys decrypt for declared functions only, in one context", "no card keys are declared", stores.key_access),
    _check("3.7.4", "3.7.4", "T", "Keys rotate", "no symmetric keys", stores.rotation),
    _check("3.7.5", "3.7.5", "T", "Keys stay when a stack goes", "no keys", stores.retirement),
    _check("4.2.1.1", "4.2.1.1 12.3.3", "M", "Keys, certificates and TLS policies are listed", "no folder of inventories is declared", inventories.key_inventory),
    _check("4.2.2", "4.2.2", "S", "No number in a message", _NO_RUNS, runs.messages),
    _check("6.2.4", "6.2.4", "S", "Attacks and bad input are refused", "no scenario is refused", runs.attacks),
    _check("6.3.2", "6.3.2", "M", "The parts of packages are pinned and listed", "no function has a requirements.txt, or no folder of inventories is declared", inventories.materials),
    _check("6.4.2", "6.4.2", "T", "A web ACL blocks and logs", "no APIs or pages, or no web ACL and no card data is declared", services.web_acl),
    _check("6.4.3", "6.4.3", "TM", "Scripts of payment pages are authorised, whole and listed", "no pages are declared", _both(services.strict_headers, files.scripts)),
    _check("6.5.5", "6.5.5", "M", "No live card numbers in the repository", "no folders to search are declared", files.no_live_numbers),
    _check("6.5.6", "6.5.6", "T", "No test values in production", "no test values are declared", stages.no_test_values),
    _check("7.2.5", "7.2.5 7.3.3", "T", "Least privilege", "no roles", access.least_privilege),
    _check("7.2.6", "7.2.6", "T", "Only programs read card tables", "no card tables are declared", access.card_table_readers),
    _check("8.4.2", "8.4.2", "T", "Staff sign in with a second factor", "no pool of staff is declared, and nobody signs in at AWS", access.staff_mfa),
    _check("8.6.2", "8.6.2", "T", "No secrets in environments and definitions", "no functions", access.no_secrets),
    _check("10.2.1", "10.2.1", "T", "A trail with data events", "no trail, and no card data is declared", monitoring.trail),
    _check("10.2.1.1", "10.2.1.1 10.2.2", "S", "Each decryption leaves a record without card data", "no record of access is declared, or nothing was decrypted", runs.access_recorded),
    _check("10.2.1.4", "10.2.1.4", "S", "Refusals leave records", "no invariant or scenario is declared for it", _none),
    _check("10.3", "10.3.1 10.3.2 10.3.3 10.3.4", "T", "Logs are encrypted and nobody deletes them", "no log groups or buckets of logs", _both(stores.logs_protected, monitoring.log_buckets)),
    _check("10.4.1.1", "10.4.1 10.4.1.1", "T", "Alarms tell somebody", "no alarms", monitoring.alarms),
    _check("10.5.1", "10.5.1", "T", "Logs are kept for a year", "no log groups", stores.retention),
    _check("10.7.2", "10.7.2", "T", "Queues of what was given up are watched", "nothing is given up into a queue", monitoring.control_failures),
    _check("11.5.1", "11.5.1", "T", "Intrusions are looked for", "no detector, and no card data is declared", monitoring.intrusion_detection),
    _check("11.5.2", "11.5.2", "T", "Changes are looked for", "no recorder, and no card data is declared", monitoring.change_detection),
    _check("11.6.1", "11.6.1", "T", "Browsers report what a page's policy refused", "no headers of pages in these templates", services.violations_reported),
    _check("12.5.1", "12.5.1", "M", "Components in scope are listed with their function", "no folder of inventories is declared", inventories.component_inventory),
    _check("12.8.5", "12.8.5", "M", "Responsibilities are written down and add up", "no table", files.responsibility),
    _check("12.10.7", "12.10.7", "S", "A number in the wrong place raises an alert", "no invariant or scenario is declared for it", _none),
    _check("SFN-1", "3.3.1 3.4.1 3.5.1", "SA", "Histories hold no card data, executions start with no raw request", _NO_RUNS, _both(workflows.no_raw_request, runs.history_clean)),
    _check("SFN-2", "3.5.1 10.3.1", "T", "State machines have a key of the account's own", "no state machines", services.machine_encrypted),
    _check("SFN-3", "10.2.1 10.4.2", "T", "State machines log all, without data, traced", "no state machines", services.machine_logs),
    _check("SFN-4", "6.2.4", "A", "Unknown outcomes are not retried", "no provider states are declared", workflows.unknown_outcomes),
    _check("SFN-5", "6.2.4", "S", "No money is lost or taken twice, whatever fails", "no invariant or scenario is declared for it", _none),
    _check("API-1", "3.3.1 3.5.1", "T", "APIs log no bodies", "no stages", services.no_body_logging),
    _check("LMB-1", "3.3.1", "T", "Helpers of card functions keep no input", "no card functions are declared", services.helper_settings),
    _check("AA-1", "7.2.1 11.5.1", "T", "External access is looked for, and findings are not lost", "no analyser and no card data is declared", monitoring.analyser),
    _check("AA-2", "7.2.5 1.4.4", "T", "Policies let in nobody but declared accounts", "no resource policies", access.nobody_outside),
)  # fmt: skip

MANUAL: Final = (
    Manual("1.2.7", "Were the network rules reviewed in the last six months?"),
    Manual("3.1", "Are policies for stored account data written, known and in use?"),
    Manual("3.2.1", "Is there a policy for retention, and a check every quarter?"),
    Manual("5.4.1", "What protects staff against phishing?"),
    Manual("6.2.1", "Is software developed by a standard for secure development?"),
    Manual("6.2.2", "Were developers trained in the last twelve months?"),
    Manual("6.2.3", "Was the code reviewed before its release?"),
    Manual("6.3.1", "Who looks for new vulnerabilities, and ranks them?"),
    Manual("6.4.1", "Are public applications assessed?"),
    Manual("7.2.4", "Were accounts and rights reviewed in the last six months?"),
    Manual("8.2", "How are accounts of people made, changed and removed?"),
    Manual("9", "Who answers for physical access? (AWS, see its attestation)"),
    Manual("11.3", "When was the last scan, inside and outside?"),
    Manual("11.4", "When was the last penetration test?"),
    Manual("11.6.1", "Who checks weekly what browsers receive?"),
    Manual("12.1", "Is the security policy reviewed every year?"),
    Manual("12.2", "Are there rules for acceptable use?"),
    Manual("12.3", "Are targeted risk analyses written?"),
    Manual("12.4", "Who is responsible for compliance?"),
    Manual("12.6", "Is there training in security awareness?"),
    Manual("12.10", "Was the incident response plan tested this year?"),
)
NOT_APPLICABLE: Final = {
    "2.3": "no wireless network",
    "3.7.6": "no keys are handled in the clear by people",
    "4.2.1.2": "no wireless network",
    "9.5": "no card readers",
    "10.6": "the provider keeps the clocks",
    "11.2": "no wireless access points of its own",
}
REQUIREMENTS: Final = {
    "1.2.4": "A current diagram shows where account data flows.",
    "1.3.1": "What comes into the card environment is limited to what is needed.",
    "1.3.2": "What goes out of the card environment is limited to what is needed.",
    "1.4.4": "Stores of card data cannot be reached from untrusted networks.",
    "2.2.1": "Configuration standards exist and are kept.",
    "2.2.6": "Security settings prevent misuse.",
    "2.2.7": "Administration from afar is encrypted.",
    "3.2.1": "Stored account data is kept as little and as short as possible.",
    "2.2.4": "Only services, functions and accounts that are needed exist.",
    "3.3.1": "Sensitive authentication data is not kept after authorisation.",
    "3.3.1.2": "The verification code is not kept after authorisation.",
    "3.3.2": "Sensitive authentication data before authorisation is encrypted.",
    "3.4.1": "At most the first six and the last four digits are shown.",
    "3.5.1": "Card numbers are unreadable wherever they are stored.",
    "3.5.1.1": "Hashes of card numbers are keyed.",
    "3.6.1": "Keys are protected; as few as possible have them.",
    "3.6.1.3": "The parts of keys are held by as few as possible.",
    "3.7.4": "Keys change at the end of their time.",
    "3.7.5": "Keys are retired or replaced when that is needed.",
    "4.2.1": "Card numbers travel with strong cryptography only.",
    "4.2.1.1": "Keys and certificates that protect card numbers on their way are listed.",
    "4.2.2": "Messages of end users carry no unprotected card number.",
    "6.2.4": "Software withstands common attacks, those on its logic included.",
    "6.3.2": "Own software and the parts of others in it are listed.",
    "6.4.2": "Attacks on public web applications are found and prevented all the time.",
    "6.4.3": "Scripts of payment pages are authorised, whole, and listed with a reason.",
    "6.5.5": "Live card numbers are not used before production.",
    "6.5.6": "Test data and test accounts are gone before production.",
    "7.2.1": "Who may do what follows a model of access.",
    "7.2.5": "Accounts of systems have the least rights that they need.",
    "7.2.6": "Card data is queried through programs only.",
    "7.3.3": "What is not allowed is refused.",
    "8.4.2": "Access to the card environment wants more than one factor.",
    "8.6.2": "Passwords of systems are not written into code and settings.",
    "10.2.1": "Audit logs are on for everything in scope.",
    "10.2.1.1": "Each access of a person to card data is recorded.",
    "10.2.1.4": "Refused access is recorded.",
    "10.2.2": "Records say who did what, when, from where, to what, and how it went.",
    "10.3.1": "Only who needs them reads audit logs.",
    "10.3.2": "Nobody changes audit logs.",
    "10.3.3": "Audit logs are copied promptly to where they are hard to change.",
    "10.3.4": "Changes of audit logs are noticed.",
    "10.4.1": "Logs are reviewed every day.",
    "10.4.1.1": "Logs are reviewed by machines.",
    "10.4.2": "Logs of everything else are reviewed, too.",
    "10.5.1": "Logs are kept for a year, three months of it at hand.",
    "10.7.2": "The failure of a control is noticed and told.",
    "11.5.1": "Intrusions are looked for.",
    "11.5.2": "Changes of critical files are looked for.",
    "11.6.1": "Changes of what browsers receive from payment pages are noticed and told.",
    "12.3.3": "Cipher suites and protocols in use are listed and reviewed.",
    "12.5.1": "Components in scope are listed, each with its function.",
    "12.5.2": "The scope, with all flows of account data, is confirmed every year.",
    "12.8.5": "It is written down who answers for which requirement.",
    "12.10.7": "There is a procedure for card numbers in the wrong place.",
}
