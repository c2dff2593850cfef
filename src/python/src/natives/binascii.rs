//! `binascii`: base64, hexadecimal and CRC-32, for `base64`, `uuid` and `secrets`.
#![expect(clippy::unwrap_used, reason = "the attribute macro for module attributes writes it")]

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4 + 1);
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * index) & 63) as usize];
            out.push(if index <= chunk.len() { digit } else { b'=' });
        }
    }
    out
}

/// Decodes base64, skipping what is not a digit; an error is CPython's sentence.
fn from_base64(text: &[u8]) -> Result<Vec<u8>, String> {
    let (mut bits, mut digits, mut padding, mut out) = (0u32, 0usize, 0usize, Vec::new());
    for byte in text {
        if *byte == b'=' {
            padding += usize::from(digits % 4 >= 2);
            if digits % 4 + padding >= 4 && padding > 0 {
                break;
            }
            continue;
        }
        let Some(value) = ALPHABET.iter().position(|digit| digit == byte) else { continue };
        padding = 0;
        bits = bits << 6 | value as u32;
        digits += 1;
        match digits % 4 {
            2 => out.push((bits >> 4) as u8),
            3 => out.push((bits >> 2) as u8),
            0 => out.push(bits as u8),
            _ => {}
        }
    }
    match digits % 4 {
        0 => Ok(out),
        1 => Err(format!(
            "Invalid base64-encoded string: number of data characters ({digits}) cannot be 1 more than a multiple of 4"
        )),
        partial if partial + padding < 4 => Err("Incorrect padding".to_owned()),
        _ => Ok(out),
    }
}

fn from_hex(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    if text.len() % 2 == 1 {
        return Err("Odd-length string");
    }
    let digit = |byte: u8| (byte as char).to_digit(16);
    text.chunks(2)
        .map(|pair| Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8))
        .collect::<Option<Vec<u8>>>()
        .ok_or("Non-hexadecimal digit found")
}

/// CRC-32 as in ISO 3309, bit by bit.
fn crc(start: u32, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!start, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

pub(super) use native::module_def;

#[vm::pymodule(name = "binascii")]
mod native {
    use rustpython_vm as vm;
    use vm::builtins::{PyBaseExceptionRef, PyTypeRef};
    use vm::function::{ArgAsciiBuffer, ArgBytesLike, OptionalArg};
    use vm::{PyResult, VirtualMachine};

    #[pyattr(name = "Error", once)]
    fn error(vm: &VirtualMachine) -> PyTypeRef {
        let base = vm.ctx.exceptions.value_error.to_owned();
        vm.ctx.new_exception_type("binascii", "Error", Some(vec![base]))
    }

    #[pyattr(name = "Incomplete", once)]
    fn incomplete(vm: &VirtualMachine) -> PyTypeRef {
        vm.ctx.new_exception_type("binascii", "Incomplete", None)
    }

    fn failure(message: &str, vm: &VirtualMachine) -> PyBaseExceptionRef {
        vm.new_exception_msg(error(vm), message.into())
    }

    #[derive(vm::FromArgs)]
    struct Encoding {
        #[pyarg(positional)]
        data: ArgBytesLike,
        #[pyarg(named, default = true)]
        newline: bool,
    }

    #[pyfunction]
    fn b2a_base64(arguments: Encoding) -> Vec<u8> {
        let mut out = arguments.data.with_ref(super::base64);
        if arguments.newline {
            out.push(b'\n');
        }
        out
    }

    #[derive(vm::FromArgs)]
    struct Decoding {
        #[pyarg(positional)]
        text: ArgAsciiBuffer,
        #[pyarg(named, default = false)]
        strict_mode: bool,
    }

    #[pyfunction]
    fn a2b_base64(arguments: Decoding, vm: &VirtualMachine) -> PyResult<Vec<u8>> {
        let foreign = |byte: &u8| !super::ALPHABET.contains(byte) && *byte != b'=';
        if arguments.strict_mode && arguments.text.with_ref(|text| text.iter().any(foreign)) {
            return Err(failure("Only base64 data is allowed", vm));
        }
        arguments.text.with_ref(super::from_base64).map_err(|message| failure(&message, vm))
    }

    #[pyfunction(name = "b2a_hex")]
    #[pyfunction]
    fn hexlify(data: ArgBytesLike) -> Vec<u8> {
        data.with_ref(|bytes| bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect())
    }

    #[pyfunction(name = "a2b_hex")]
    #[pyfunction]
    fn unhexlify(text: ArgAsciiBuffer, vm: &VirtualMachine) -> PyResult<Vec<u8>> {
        text.with_ref(super::from_hex).map_err(|message| failure(message, vm))
    }

    #[pyfunction]
    fn crc32(data: ArgBytesLike, start: OptionalArg<u32>) -> u32 {
        data.with_ref(|bytes| super::crc(start.unwrap_or(0), bytes))
    }
}

use rustpython_vm as vm;
