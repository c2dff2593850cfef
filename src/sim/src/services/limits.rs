//! Limits of the services. Each is answered with a sentence that the learner sees; most are the product's own.

use unhappy_trace::Value;

/// Largest charge. Cents; Stripe takes eight digits.
pub const CHARGE_CENTS: i64 = 99_999_999;

/// Longest name, key or token. Bytes; Stripe takes 255 characters for an idempotency key.
pub const NAME_BYTES: usize = 255;

/// Longest delay of a message. Seconds; Amazon SQS takes 15 minutes.
pub const DELAY_SECONDS: u64 = 900;

/// Longest visibility time-out. Seconds; Amazon SQS takes 12 hours.
pub const VISIBILITY_SECONDS: u64 = 43_200;

/// Longest time to live of a cache entry. Seconds; 30 days, memcached's limit for relative times.
pub const TTL_SECONDS: u64 = 2_592_000;

/// Largest message, cache value or letter, as JSON. Bytes; the classic limit of Amazon SQS is 256 KiB.
pub const ITEM_BYTES: usize = 262_144;

/// Charges, refunds, messages, cache entries or letters that one service keeps. Far beyond what 5,000 requests need.
pub const ITEMS_PER_SERVICE: usize = 200_000;

/// What one service keeps in all. Bytes of JSON; a page of a browser has about 200 MB for everything.
pub const BYTES_PER_SERVICE: usize = 32 * 1024 * 1024;

/// What a value counts for. Bytes, about as many as its JSON has; reading it does not build that.
pub fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        // A number counts like the longest one, so that counting up changes nothing.
        Value::Int(_) | Value::Float(_) => 20,
        Value::BigInt(text) | Value::Text(text) => text.len() + 2,
        Value::Bytes(bytes) => bytes.len() * 2 + 2,
        Value::List(items) => items.iter().map(|item| size(item) + 1).sum::<usize>() + 2,
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| key.len() + size(value) + 4).sum::<usize>() + 2
        }
    }
}

/// Room of a service that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Room {
    items: usize,
    bytes: usize,
}

impl Room {
    /// Takes room for one item of so many bytes.
    ///
    /// # Errors
    /// A sentence when the item is too large or the service is full; nothing is taken then.
    pub fn take(&mut self, call: &str, bytes: usize) -> Result<(), String> {
        if bytes > ITEM_BYTES {
            return Err(format!(
                "{call}: this is about {bytes} bytes as JSON, expected at most {ITEM_BYTES}"
            ));
        }
        if self.is_full_with(bytes) {
            return Err(format!(
                "{call}: the service is full: it keeps {ITEMS_PER_SERVICE} items and {BYTES_PER_SERVICE} bytes in one run"
            ));
        }
        self.items += 1;
        self.bytes += bytes;
        Ok(())
    }

    /// Returns whether one more item of so many bytes does not fit.
    pub fn is_full_with(self, bytes: usize) -> bool {
        self.items >= ITEMS_PER_SERVICE || self.bytes + bytes > BYTES_PER_SERVICE
    }

    /// Gives back the room of one item.
    pub fn give_back(&mut self, bytes: usize) {
        self.items = self.items.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}
