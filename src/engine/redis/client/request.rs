//! Commands that are sent together.

use redis::Cmd;

/// Commands for one slot.
pub(crate) struct Request {
    /// The commands in the protocol of the server.
    pub packed: Vec<u8>,
    /// The number of commands.
    pub count: usize,
    /// Whether the request may be repeated when it is unknown whether it was run.
    pub is_read: bool,
}

impl Request {
    /// Returns a request of one command.
    pub(crate) fn one(command: &Cmd, is_read: bool) -> Self {
        Request { packed: command.get_packed_command(), count: 1, is_read }
    }

    /// Returns a request of commands in MULTI and EXEC. The last reply has the replies of them all.
    pub(crate) fn transaction(commands: &[&Cmd], is_read: bool) -> Self {
        let mut packed = b"*1\r\n$5\r\nMULTI\r\n".to_vec();
        for command in commands {
            command.write_packed_command(&mut packed);
        }
        packed.extend_from_slice(b"*1\r\n$4\r\nEXEC\r\n");
        Request { packed, count: commands.len() + 2, is_read }
    }
}
