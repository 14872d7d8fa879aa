//! The few messages of ONNX, written as protocol buffers: fields are a tag and a length or a number, and nothing else is needed.

/// A message under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push((number & 0x7f) as u8);
    }

    /// A whole number.
    pub(crate) fn whole(mut self, field: u32, number: i64) -> Self {
        self.varint(u64::from(field) << 3);
        self.varint(number.cast_unsigned());
        self
    }

    /// Bytes, or a text.
    pub(crate) fn bytes(mut self, field: u32, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        self.varint(u64::from(field) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    /// A message within this one.
    pub(crate) fn message(self, field: u32, message: Self) -> Self {
        self.bytes(field, message.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_tags_with_values() {
        let message = Message::new().whole(1, 300).bytes(2, "ab").message(7, Message::new().whole(3, -1));
        let minus_one = [0x18, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        let expected = [&[0x08, 0xac, 0x02, 0x12, 2, b'a', b'b', 0x3a, 11][..], &minus_one].concat();
        assert_eq!(message.finish(), expected);
    }
}
