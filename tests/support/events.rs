//! Events in words.

use kv::{ChangeKind, Event};

/// Returns an event as a text: `set g/k=v`, `delete g/k`, `delete-group g`, `expire g/k`, `synced`,
/// `lagged 3`.
pub fn word(event: &Event) -> String {
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
    match event {
        Event::Change(it) => {
            let place = format!("{}/{}", text(it.group()), text(it.key()));
            match it.kind() {
                ChangeKind::Set => format!("set {place}={}", text(it.value())),
                ChangeKind::Delete => format!("delete {place}"),
                ChangeKind::DeleteGroup => format!("delete-group {}", text(it.group())),
                ChangeKind::Expire => format!("expire {place}"),
            }
        }
        Event::Synced { .. } => "synced".to_owned(),
        Event::Lagged { lost, .. } => format!("lagged {lost}"),
    }
}
