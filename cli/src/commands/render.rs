//! `kv render`: a template with the values of a group in place of its variables.

use std::ffi::OsString;

use clap::Args;

use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::output::Output;
use crate::session::Session;
use crate::value::read_input;

/// Arguments of `kv render`.
#[derive(Debug, Args)]
#[command(after_help = "\
All values are of one snapshot of the group. The language is a part of Jinja's: {{ key }},
{{ group[\"any key\"] }}, {% if %}, {% for part in key|split(\",\") %}, the filters default, escape, int,
length, lines, lower, split, tojson, trim and upper. An absent key without default is an error.

Examples:
  kv render nginx.conf.j2 --group web > nginx.conf
  kv render -e 'Hello {{ name|default(\"you\") }}'
  kv render -e '{{ group[\"user:7\"] }}'")]
pub struct Render {
    /// The file with the template; - or no file is standard input
    file: Option<OsString>,
    /// The template itself
    #[arg(short, long, value_name = "TEMPLATE", conflicts_with = "file")]
    expression: Option<String>,
}

impl Render {
    /// Prints the text, on a terminal escaped.
    pub fn run(&self, session: &Session) -> Result<Outcome> {
        let template = match &self.expression {
            Some(template) => template.clone(),
            None => String::from_utf8(read_input(session, self.file.as_deref())?)
                .map_err(|_| Failure::usage("the template is not UTF-8"))?,
        };
        let store = session.read()?;
        let text = kv::render(&store, session.group()?, &template)?;
        let mut out = Output::new();
        out.lines(&text)?;
        out.finish()?;
        Ok(Outcome::Success)
    }
}
