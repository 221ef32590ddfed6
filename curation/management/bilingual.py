"""Commands that say what they did in the language that is asked for."""

from __future__ import annotations

from typing import Any

from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from curation.refusals import StepRefused


class BilingualCommand(BaseCommand):
    """A command with `--lang zh` or `en` (the default), in which it says everything, also why a step was refused.

    It answers no address, so it leaves out the checks of addresses, for which all of api/ would be loaded: 85 MiB, two seconds.
    """

    requires_system_checks = [Tags.models]  # as Django has it

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--lang", choices=("zh", "en"), default="en", help="language of what is said")
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        with override("zh-hans" if options["lang"] == "zh" else "en"):
            try:
                return super().execute(*args, **options)
            except StepRefused as refusal:
                raise CommandError(str(refusal.message)) from refusal

    def say(self, message: Any) -> None:
        """Write a message in the language that is asked for."""
        self.stdout.write(str(message))
