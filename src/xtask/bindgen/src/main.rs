//! `wasm-bindgen` as Trunk calls it: a wasm file from cargo in, the page's wasm and its JavaScript out.
//!
//! Knows the options that Trunk passes and refuses every other. The names of functions are stripped unless
//! `--keep-debug` is given: they are a fifth of the compressed size.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

/// The options that Trunk passes.
struct Options {
    target: String,
    out_dir: PathBuf,
    out_name: String,
    input: PathBuf,
    keep_debug: bool,
    demangle: bool,
    typescript: bool,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--version" || argument == "-V") {
        println!("wasm-bindgen {}", env!("CARGO_PKG_VERSION"));
        return Ok(());
    }
    generate(&parse(&arguments)?)
}

fn parse(arguments: &[String]) -> Result<Options> {
    let (mut target, mut out_dir, mut out_name, mut input) = (None, None, None, None);
    let (mut keep_debug, mut demangle, mut typescript) = (false, true, true);
    for argument in arguments {
        match argument.split_once('=') {
            Some(("--target", value)) => target = Some(value.to_owned()),
            Some(("--out-dir", value)) => out_dir = Some(PathBuf::from(value)),
            Some(("--out-name", value)) => out_name = Some(value.to_owned()),
            _ => match argument.as_str() {
                "--keep-debug" => keep_debug = true,
                "--no-demangle" => demangle = false,
                "--no-typescript" => typescript = false,
                file if !file.starts_with('-') => input = Some(PathBuf::from(file)),
                other => bail!("option {other} is not supported by this wasm-bindgen"),
            },
        }
    }
    Ok(Options {
        target: target.context("--target=web or --target=no-modules is missing")?,
        out_dir: out_dir.context("--out-dir=FOLDER is missing")?,
        out_name: out_name.context("--out-name=NAME is missing")?,
        input: input.context("the wasm file is missing")?,
        keep_debug,
        demangle,
        typescript,
    })
}

fn generate(options: &Options) -> Result<()> {
    let mut bindgen = Bindgen::new();
    match options.target.as_str() {
        "web" => bindgen.web(true)?,
        "no-modules" => bindgen.no_modules(true)?,
        other => bail!("target is {other}, expected web or no-modules"),
    };
    bindgen
        .input_path(&options.input)
        .out_name(&options.out_name)
        .keep_debug(options.keep_debug)
        .demangle(options.demangle)
        .typescript(options.typescript)
        .remove_name_section(!options.keep_debug)
        .remove_producers_section(true)
        .generate(&options.out_dir)
        .with_context(|| format!("cannot make bindings for {}", options.input.display()))
}
