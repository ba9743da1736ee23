//! The first line of a list that is shown.

/// Returns the first of `height` lines to show of `len`, which begin at `top` now, so that the
/// selected one is among them and no space is wasted below the last.
pub fn top_for(top: usize, selected: usize, height: usize, len: usize) -> usize {
    let top = top.min(len.saturating_sub(height));
    let lowest = (selected + 1).saturating_sub(height);
    top.clamp(lowest, selected.max(lowest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_line_is_shown_and_the_list_moves_as_little_as_possible() {
        for (top, selected, height, len, expected) in [
            (0, 0, 5, 3, 0),
            (0, 4, 5, 9, 0),
            (0, 5, 5, 9, 1),
            (4, 2, 5, 9, 2),
            (3, 4, 5, 9, 3),
            (8, 8, 5, 9, 4),
            (7, 1, 0, 2, 2),
        ] {
            assert_eq!(top_for(top, selected, height, len), expected, "{top} {selected}");
        }
    }
}
