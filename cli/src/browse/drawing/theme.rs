//! The styles of the screen. Without colours, what matters is bold or reversed.

use ratatui::style::{Color, Modifier, Style};

use crate::browse::styled::Part;

/// The styles.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    is_coloured: bool,
}

impl Theme {
    /// Returns the styles with or without colours.
    pub fn new(is_coloured: bool) -> Theme {
        Theme { is_coloured }
    }

    /// The style of a part of a text; the colours are those of `kv get`.
    pub fn part(&self, part: Part) -> Style {
        match part {
            Part::Plain => Style::new(),
            Part::Name => self.colour(Color::Blue).add_modifier(Modifier::BOLD),
            Part::String => self.colour(Color::Green),
            Part::Number => self.colour(Color::Cyan),
            Part::Word => self.colour(Color::Magenta),
            Part::Faint => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// The border of a pane.
    pub fn border(&self, has_focus: bool) -> Style {
        match has_focus {
            true => self.colour(Color::Cyan).add_modifier(Modifier::BOLD),
            false => self.part(Part::Faint),
        }
    }

    /// The title of a pane.
    pub fn title(&self, has_focus: bool) -> Style {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        if has_focus { bold.patch(self.colour(Color::Cyan)) } else { bold }
    }

    /// The bar over the selected line.
    pub fn bar(&self, has_focus: bool) -> Style {
        let modifier = if has_focus { Modifier::REVERSED } else { Modifier::BOLD };
        Style::new().add_modifier(modifier)
    }

    /// An entry that has just changed.
    pub fn changed(&self) -> Style {
        self.colour(Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// A ttl that ends soon.
    pub fn urgent(&self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// An error.
    pub fn error(&self) -> Style {
        self.urgent()
    }

    /// Something good.
    pub fn good(&self) -> Style {
        self.colour(Color::Green)
    }

    /// The name of a key of the keyboard.
    pub fn key(&self) -> Style {
        self.colour(Color::Yellow).add_modifier(Modifier::BOLD)
    }

    fn colour(&self, colour: Color) -> Style {
        if self.is_coloured { Style::new().fg(colour) } else { Style::new() }
    }
}
