"""The list of commands. A new one is a line here: `module:name` and one sentence.

A module is imported when its command is asked for, after Django is set up, so it may import models; it
wraps what needs the database into `cli.database.needs_database`.
"""

COMMANDS = {
    "serve": ("bihuan.cli.serve:serve", "Run the site: database, web and worker, until Ctrl-C."),
    "demo": ("bihuan.cli.demo:demo", "Load an invented province to try things on."),
    "plan": ("bihuan.cli.plan:plan", "Read an official plan into its list."),
    "document": ("bihuan.cli.document:document", "Hold an official document against its standard."),
    "ledger": ("bihuan.cli.ledger:ledger", "Check the append-only record."),
    "doctor": ("bihuan.cli.doctor:doctor", "Look for what is missing or wrong on this machine."),
    "backup": ("bihuan.cli.backup:backup", "Write database and files into one archive."),
    "restore": ("bihuan.cli.backup:restore", "Bring back an archive that `backup` wrote."),
    "bench": ("bihuan.cli.bench:bench", "Measure the program against hand-written SQL."),
    "manage": ("bihuan.cli.manage:manage", "Run a management command of Django."),
    "shell": ("bihuan.cli.manage:shell", "Open a Python shell on the database."),
}
