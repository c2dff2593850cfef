//! `_hash`: MD5, SHA-1 and SHA-2 behind Python's `hashlib`.

use sha2::Digest;

/// One hash that is being computed.
#[derive(Clone)]
enum Hasher {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
}

impl Hasher {
    fn new(name: &str) -> Option<Hasher> {
        Some(match name {
            "md5" => Hasher::Md5(Digest::new()),
            "sha1" => Hasher::Sha1(Digest::new()),
            "sha224" => Hasher::Sha224(Digest::new()),
            "sha256" => Hasher::Sha256(Digest::new()),
            "sha384" => Hasher::Sha384(Digest::new()),
            "sha512" => Hasher::Sha512(Digest::new()),
            _ => return None,
        })
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Md5(hasher) => hasher.update(bytes),
            Hasher::Sha1(hasher) => hasher.update(bytes),
            Hasher::Sha224(hasher) => hasher.update(bytes),
            Hasher::Sha256(hasher) => hasher.update(bytes),
            Hasher::Sha384(hasher) => hasher.update(bytes),
            Hasher::Sha512(hasher) => hasher.update(bytes),
        }
    }

    fn digest(self) -> Vec<u8> {
        match self {
            Hasher::Md5(hasher) => hasher.finalize().to_vec(),
            Hasher::Sha1(hasher) => hasher.finalize().to_vec(),
            Hasher::Sha224(hasher) => hasher.finalize().to_vec(),
            Hasher::Sha256(hasher) => hasher.finalize().to_vec(),
            Hasher::Sha384(hasher) => hasher.finalize().to_vec(),
            Hasher::Sha512(hasher) => hasher.finalize().to_vec(),
        }
    }

    /// Unit: bytes.
    fn block_size(&self) -> usize {
        if matches!(self, Hasher::Sha384(_) | Hasher::Sha512(_)) { 128 } else { 64 }
    }
}

pub(super) use native::module_def;

#[vm::pymodule(name = "_hash")]
mod native {
    use super::Hasher;
    use rustpython_vm as vm;
    use std::cell::RefCell;
    use vm::builtins::PyStrRef;
    use vm::function::{ArgBytesLike, OptionalArg};
    use vm::{Py, PyPayload, PyResult, VirtualMachine, pyclass};

    #[pyattr]
    #[pyclass(name = "HASH")]
    #[derive(PyPayload)]
    struct Hash {
        name: String,
        hasher: RefCell<Hasher>,
    }

    impl std::fmt::Debug for Hash {
        fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str(&self.name)
        }
    }

    #[pyclass]
    impl Hash {
        #[pymethod]
        fn update(zelf: &Py<Self>, data: ArgBytesLike) {
            data.with_ref(|bytes| zelf.hasher.borrow_mut().update(bytes));
        }

        #[pymethod]
        fn digest(zelf: &Py<Self>) -> Vec<u8> {
            zelf.hasher.borrow().clone().digest()
        }

        #[pymethod]
        fn hexdigest(zelf: &Py<Self>) -> String {
            Hash::digest(zelf).iter().map(|byte| format!("{byte:02x}")).collect()
        }

        #[pymethod]
        fn copy(zelf: &Py<Self>) -> Hash {
            Hash { name: zelf.name.clone(), hasher: zelf.hasher.clone() }
        }

        #[pygetset]
        fn name(zelf: &Py<Self>) -> String {
            zelf.name.clone()
        }

        #[pygetset]
        fn digest_size(zelf: &Py<Self>) -> usize {
            Hash::digest(zelf).len()
        }

        #[pygetset]
        fn block_size(zelf: &Py<Self>) -> usize {
            zelf.hasher.borrow().block_size()
        }
    }

    #[pyfunction]
    fn new(name: PyStrRef, data: OptionalArg<ArgBytesLike>, vm: &VirtualMachine) -> PyResult<Hash> {
        let name = name.to_string_lossy().to_lowercase();
        let Some(mut hasher) = Hasher::new(&name) else {
            return Err(vm.new_value_error(format!("unsupported hash type {name}")));
        };
        if let OptionalArg::Present(data) = data {
            data.with_ref(|bytes| hasher.update(bytes));
        }
        Ok(Hash { name, hasher: RefCell::new(hasher) })
    }
}

use rustpython_vm as vm;
