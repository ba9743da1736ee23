//! Rows of a damaged database: their columns, and the numbers of SQLite's file format.

/// Columns of an entry in format 1, and in format 2.
const COLUMNS_1: usize = 5;
pub const COLUMNS_2: usize = 7;

/// A column of a row.
pub enum Column {
    Null,
    Integer(i64),
    Bytes(Vec<u8>),
    Other,
}

/// A row.
pub struct Row {
    /// 0 in a table without rowids.
    pub rowid: i64,
    pub columns: Vec<Column>,
    /// The pages that hold the end of the row.
    pub overflow: Vec<u32>,
}

/// Returns group, key and version of a row of `kv_entries`, or `None` if it is another row. Format
/// 2 has added flags and the id of the overflow row; rows that it has not written lack both.
pub fn name_of(row: &[Column]) -> Option<(Vec<u8>, Vec<u8>, i64)> {
    let (first, added) = row.split_at_checked(COLUMNS_1)?;
    match (first, added) {
        (
            [
                Column::Bytes(group),
                Column::Bytes(key),
                Column::Integer(version),
                Column::Null | Column::Integer(_),
                Column::Bytes(_) | Column::Integer(_) | Column::Other,
            ],
            [] | [Column::Integer(_), Column::Null | Column::Integer(_)],
        ) => Some((group.clone(), key.clone(), *version)),
        _ => None,
    }
}

/// Returns the columns of a row.
pub fn columns(payload: &[u8]) -> Option<Vec<Column>> {
    let mut at = 0;
    let header_len = varint(payload, &mut at)? as usize;
    let mut data = header_len;
    let mut columns = Vec::new();
    while at < header_len {
        let kind = varint(payload, &mut at)?;
        let len = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind as usize,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        let bytes = payload.get(data..data.checked_add(len)?)?;
        data += len;
        columns.push(match kind {
            0 => Column::Null,
            1..=6 => {
                let sign = if bytes.first()? & 0x80 == 0 { 0 } else { -1 };
                let add = |number: i64, byte: &u8| (number << 8) | i64::from(*byte);
                Column::Integer(bytes.iter().fold(sign, add))
            }
            7 => Column::Other,
            8 | 9 => Column::Integer(kind as i64 - 8),
            _ => Column::Bytes(bytes.to_vec()),
        });
    }
    Some(columns)
}

pub fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|it| u16::from_be_bytes(*it))
}

pub fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|it| u32::from_be_bytes(*it))
}

/// Returns SQLite's number of variable length at `at`, and moves behind it.
pub fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for count in 1..=9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if count == 9 {
            return Some((number << 8) | u64::from(byte));
        }
        number = (number << 7) | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
