"""`migrate`, Django's; a store that is still empty is made at once, as all migrations leave one."""

from __future__ import annotations

from typing import Any

from django.core.checks import Tags
from django.core.management.commands import migrate
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from curation.management.bilingual import BilingualCommand
from sources.bilingual import both

NARROWED = ("app_label", "migration_name", "fake", "fake_initial", "plan", "check_unapplied", "run_syncdb", "prune")


class Command(BilingualCommand, migrate.Command):
    """Django's, which takes ten seconds to walk an empty store through every state that it ever had."""

    requires_system_checks = [Tags.models, Tags.database]  # no address, as in all of our commands

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if not any(options[name] for name in NARROWED) and not connection.introspection.table_names():
            count = make(connection)
            if options["verbosity"]:
                self.say(
                    both(
                        f"空库一次建成，与依次执行 {count} 个迁移所得相同。",
                        f"An empty store, made as {count} migrations leave it.",
                    )
                )
        super().handle(*args, **options)


def make(connection: BaseDatabaseWrapper) -> int:
    """Make all tables as they are after the last migration, and say that all are applied, in one transaction; how many these are.

    What migrations do with rows, they do with none here. Tests hold that both ways lead to the same (tests/landings).
    """
    loader, recorder = MigrationLoader(connection), MigrationRecorder(connection)
    applied = list(loader.graph.nodes)
    with connection.schema_editor(atomic=True) as editor:
        recorder.ensure_schema()
        for model in loader.project_state().apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        for app, name in applied:
            recorder.record_applied(app, name)
    return len(applied)
