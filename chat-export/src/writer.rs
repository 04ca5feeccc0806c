//! Lines, as they are written.

use std::io::Write;

use sha2::{Digest as _, Sha256};

use crate::{
    Counts, ExportError, MAX_LINE_BYTES, Summary,
    line::{Format, Line},
};

/// Writes lines, and keeps count.
pub(crate) struct LineWriter<W> {
    to: W,
    line: Vec<u8>,
    hash: Sha256,
    counts: Counts,
}

impl<W: Write> LineWriter<W> {
    /// Writes the first line.
    pub(crate) fn begin(to: W) -> Result<Self, ExportError> {
        let mut writer = Self { to, line: Vec::new(), hash: Sha256::new(), counts: Counts::default() };
        writer.write(&Line::Format(Format::this()))?;
        Ok(writer)
    }

    pub(crate) fn write(&mut self, line: &Line) -> Result<(), ExportError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(|error| ExportError::Write(error.into()))?;
        self.line.push(b'\n');
        if self.line.len() > MAX_LINE_BYTES {
            return Err(ExportError::TooLong);
        }
        self.hash.update(&self.line);
        self.counts.count(line.kind());
        self.to.write_all(&self.line).map_err(ExportError::Write)
    }

    /// Writes the last line.
    pub(crate) fn end(mut self) -> Result<Summary, ExportError> {
        let summary = Summary { counts: self.counts, sha256: self.hash.clone().finalize().into() };
        self.write(&Line::End(summary))?;
        self.to.flush().map_err(ExportError::Write)?;
        Ok(summary)
    }
}
