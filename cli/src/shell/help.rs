//! The help of the shell: the commands by subject, and the commands that only the shell has.

use anstyle::{AnsiColor, Style};
use clap::Command;

use crate::failure::Result;
use crate::outcome::Outcome;
use crate::output::Output;

const HEADING: Style = AnsiColor::Yellow.on_default().bold();
const NAME: Style = AnsiColor::Green.on_default().bold();

/// The subjects, and their commands in the order in which they are listed.
const SUBJECTS: [(&str, &[&str]); 7] = [
    ("Keys", &["get", "set", "delete", "exists", "take", "incr", "append"]),
    ("Expiry", &["ttl", "expire", "persist", "purge"]),
    ("Many keys", &["list", "count", "groups", "delete-prefix", "delete-group", "batch", "render"]),
    ("Changes", &["watch", "changes", "lock", "idempotency"]),
    ("Transfer", &["export", "import", "copy", "backup", "restore", "recover"]),
    ("Store", &["browse", "stats", "check", "compact", "quota", "options"]),
    ("Command line", &["completions", "man"]),
];

/// The commands that only the shell has, and what they do.
const SHELL: [(&str, &str); 5] = [
    ("use [GROUP]", "Change the group; without a name to the default group"),
    (".open [--create] LOCATION", "Open another store; if that fails, this one stays open"),
    (".timing [on|off]", "Print the time of each command"),
    ("help [COMMAND]", "List the commands, or describe one with examples; also .help and ?"),
    ("exit", "End the shell; also .quit, \\q and Ctrl-D"),
];

const NOTES: &str = "\
Words are quoted as in a POSIX shell; JSON of set and append needs no quotes. A command goes on in
the next line after an open quote, an open bracket of JSON, or a backslash at the end.

Examples:
  set user:1 {\"name\": \"Ada\"} --ttl 7d
  get user:1
  list 'user:*' --long
  use sessions
  help set
";

/// Prints the commands by subject.
pub fn print_list(commands: &Command) -> Result<Outcome> {
    let mut out = Output::new();
    for (subject, names) in SUBJECTS {
        out.styled(HEADING, &format!("{subject}:"))?;
        out.text("\n")?;
        for name in names {
            let about = commands.find_subcommand(name).and_then(|it| it.get_about());
            let about = about.map(|it| it.to_string()).unwrap_or_default();
            print_row(&mut out, name, 15, &about)?;
        }
        out.text("\n")?;
    }
    out.styled(HEADING, "Shell:")?;
    out.text("\n")?;
    for (usage, about) in SHELL {
        print_row(&mut out, usage, 27, about)?;
    }
    out.text("\n")?;
    out.text(NOTES)?;
    out.finish()?;
    Ok(Outcome::Success)
}

fn print_row(out: &mut Output, name: &str, width: usize, about: &str) -> Result<()> {
    out.text("  ")?;
    out.styled(NAME, &format!("{name:<width$}"))?;
    out.line(about)
}

/// Returns the help of a command that only the shell has.
pub fn of_shell_command(name: &str) -> Option<&'static str> {
    Some(match name.trim_start_matches(['.', '\\']) {
        "use" => {
            "Change the group of the commands that follow; without a name to the default group\n\n\
             Usage: use [GROUP]\n\nExamples:\n  use sessions\n  use\n"
        }
        "open" => {
            "Open another store in place of this one; if that fails, this one stays open\n\n\
             Usage: .open [--create] LOCATION\n\nExamples:\n  .open other.db\n  \
             .open --create new.db\n  .open redis://localhost:6379/0\n"
        }
        "timing" => {
            "Print the time of each command on standard error\n\n\
             Usage: .timing [on|off]\n\nExamples:\n  .timing on\n"
        }
        "help" => {
            "List the commands by subject, or describe one\n\n\
             Usage: help [COMMAND]\n\nExamples:\n  help\n  help set\n  ? list\n"
        }
        "exit" | "quit" => "End the shell\n\nUsage: exit\n",
        _ => return None,
    })
}

/// Prints a text as it is.
pub fn print_text(text: &str) -> Result<Outcome> {
    let mut out = Output::new();
    out.text(text)?;
    out.finish()?;
    Ok(Outcome::Success)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::ShellLine;
    use crate::shell::complete::SHELL_COMMANDS;
    use clap::CommandFactory;

    #[test]
    fn every_command_has_one_subject() {
        let listed = SUBJECTS.iter().flat_map(|(_, names)| *names).map(|it| (*it).to_owned());
        let mut listed: Vec<_> = listed.collect();
        listed.sort();
        let command = ShellLine::command();
        let mut names: Vec<_> =
            command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
        names.retain(|it| it != "shell");
        names.sort();
        assert_eq!(listed, names);
    }

    #[test]
    fn every_command_of_the_shell_is_listed_and_described() {
        for name in SHELL_COMMANDS {
            assert!(of_shell_command(name).is_some(), "{name}");
            assert!(SHELL.iter().any(|(usage, _)| usage.starts_with(name)), "{name}");
        }
    }
}
