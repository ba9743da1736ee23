//! The report of a node of a cluster on itself: its role, its slots, and those that are moved.
//!
//! Only a node itself knows for sure what it has: a map that another node reports may be old.

use crate::engine::redis::client::address::Address;
use crate::engine::redis::client::slot::SLOTS;

/// The report of a node, from its reply to CLUSTER NODES.
pub(crate) struct Report {
    /// Whether the node is a master.
    pub is_master: bool,
    /// Whether the node reaches less than half of the masters: others may have its slots by now.
    pub is_cut_off: bool,
    /// The nodes to which slots are moved from here.
    pub targets: Vec<Address>,
    slots: Box<[Holding]>,
}

/// The part that a node has in a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Holding {
    /// None.
    #[default]
    None,
    /// The slot with all of its keys.
    Owned,
    /// The slot, whose keys are moved to another node one by one.
    Migrating,
    /// The keys that have arrived so far from the owner of the slot.
    Importing,
}

/// A line of CLUSTER NODES.
struct Line<'t> {
    id: &'t str,
    address: &'t str,
    flags: &'t str,
    slots: Vec<&'t str>,
}

impl Report {
    /// Parses the reply of the node at `source`; returns `None` for another text.
    pub(crate) fn parse(text: &str, source: &Address) -> Option<Report> {
        let lines: Vec<Line<'_>> = text.lines().map(Line::parse).collect::<Option<_>>()?;
        let own = lines.iter().find(|it| it.has("myself"))?;
        let mut report = Report {
            is_master: own.has("master"),
            is_cut_off: false,
            targets: Vec::new(),
            slots: vec![Holding::None; usize::from(SLOTS)].into(),
        };
        for word in &own.slots {
            let moved = word.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
            let Some(moved) = moved else {
                let (first, last) = word.split_once('-').unwrap_or((word, word));
                report.set(first, last, Holding::Owned)?;
                continue;
            };
            if let Some((slot, id)) = moved.split_once("->-") {
                report.set(slot, slot, Holding::Migrating)?;
                let target = lines.iter().find(|it| it.id == id).and_then(Line::address);
                report.targets.extend(target.map(|it| it.or_host(source.host())));
            } else if let Some((slot, _)) = moved.split_once("-<-") {
                report.set(slot, slot, Holding::Importing)?;
            }
        }
        let is_voter = |it: &&Line<'_>| it.has("master") && !it.slots.is_empty();
        let voters: Vec<_> = lines.iter().filter(is_voter).collect();
        let lost = voters.iter().filter(|it| it.has("fail") || it.has("fail?")).count();
        report.is_cut_off = lost > 0 && lost * 2 >= voters.len();
        Some(report)
    }

    /// Returns the part that the node has in a slot.
    pub(crate) fn holding(&self, slot: u16) -> Holding {
        self.slots.get(usize::from(slot)).copied().unwrap_or_default()
    }

    fn set(&mut self, first: &str, last: &str, holding: Holding) -> Option<()> {
        let range = first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?;
        self.slots.get_mut(range)?.fill(holding);
        Some(())
    }
}

impl<'t> Line<'t> {
    fn parse(line: &'t str) -> Option<Line<'t>> {
        let mut words = line.split(' ');
        let (id, address, flags) = (words.next()?, words.next()?, words.next()?);
        // Between them: master, two times, epoch and link.
        let slots = words.skip(5).filter(|it| !it.is_empty()).collect();
        Some(Line { id, address, flags, slots })
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.split(',').any(|it| it == flag)
    }

    /// Returns the address in `HOST:PORT@BUS_PORT...`.
    fn address(&self) -> Option<Address> {
        let (host, port) = self.address.split('@').next()?.rsplit_once(':')?;
        Some(Address::tcp(host, port.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODES: &str = "\
        a1 10.0.0.1:6379@16379,host myself,master - 0 0 3 connected 0-9 11 [10->-b2] [20-<-c3]\n\
        b2 :6380@16380 master - 0 1 2 connected 12-19\n\
        c3 ::1:6381@16381 master - 0 1 1 connected 20-16383\n\
        d4 10.0.0.4:6382@16382 slave c3 0 1 1 connected\n";

    #[test]
    fn a_node_reports_its_role_its_slots_and_those_that_are_moved() {
        let source = Address::tcp("seed", 1);
        let report = Report::parse(NODES, &source).expect("a report");
        assert!(report.is_master && !report.is_cut_off);
        let holdings = [0, 9, 10, 11, 12, 20].map(|it| report.holding(it));
        use Holding::{Importing, Migrating, None, Owned};
        assert_eq!(holdings, [Owned, Owned, Migrating, Owned, None, Importing]);
        assert_eq!(report.targets, [Address::tcp("seed", 6380)]);
    }

    #[test]
    fn a_node_that_reaches_too_few_masters_is_cut_off() {
        let source = Address::tcp("seed", 1);
        let one = NODES.replace("16380 master", "16380 master,fail?");
        assert!(!Report::parse(&one, &source).expect("a report").is_cut_off);
        let two = one.replace("16381 master", "16381 master,fail");
        assert!(Report::parse(&two, &source).expect("a report").is_cut_off);
        let replica = NODES.replace("myself,master", "myself,slave");
        assert!(!Report::parse(&replica, &source).expect("a report").is_master);
    }

    #[test]
    fn another_text_is_no_report() {
        let source = Address::tcp("seed", 1);
        let bad = ["", "x", "a b master - 0 0 0 connected 1", "a b myself - 0 0 0 connected 1-x"];
        for text in bad {
            assert!(Report::parse(text, &source).is_none(), "{text}");
        }
        let beyond = "a b:1@2 myself,master - 0 0 0 connected 0-16384";
        assert!(Report::parse(beyond, &source).is_none());
    }
}
