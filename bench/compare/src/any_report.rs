//! A report of any kind: read and written as JSON, printed, drawn.

use std::fmt::{self, Display, Formatter};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chart;
use crate::db_bench::DbBenchReport;
use crate::report::Report;
use crate::sizes::SizesReport;

/// The tag is the field `report` of the JSON.
#[derive(Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "kebab-case")]
pub enum AnyReport {
    Compare(Report),
    DbBench(DbBenchReport),
    Sizes(SizesReport),
}

impl AnyReport {
    /// Reads a report; one without a tag is a comparison, as all were once.
    pub fn parse(text: &str) -> Result<Self> {
        let mut value: Value = serde_json::from_str(text)?;
        if let Some(fields) = value.as_object_mut() {
            fields.entry("report").or_insert_with(|| "compare".into());
        }
        Ok(serde_json::from_value(value)?)
    }

    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    pub fn chart(&self) -> String {
        match self {
            Self::Compare(report) => chart::compare::draw(report),
            Self::DbBench(report) => chart::db_bench::draw(report),
            Self::Sizes(report) => chart::sizes::draw(report),
        }
    }
}

impl Display for AnyReport {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Self::Compare(report) => report.fmt(f),
            Self::DbBench(report) => report.fmt(f),
            Self::Sizes(report) => report.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_report_can_be_read_and_drawn() {
        let report = AnyReport::parse(include_str!("../../results/compare.json")).unwrap();
        assert!(matches!(report, AnyReport::Compare(_)));
        assert_eq!(report.chart(), include_str!("../../results/compare.svg"));
    }

    #[test]
    fn a_report_without_its_fields_is_refused() {
        for text in ["[]", "{}", r#"{"report": "sizes"}"#, r#"{"report": "other"}"#] {
            assert!(AnyReport::parse(text).is_err(), "{text}");
        }
    }
}
