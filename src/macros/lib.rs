//! What the compiler writes for the storage. The database library has macros of its own, which compile it a second time before anything
//! that uses them; these two need nothing that is not there anyway.

use std::{env, fs, path::Path};

use proc_macro::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, LitStr, parse_macro_input};

/// `#[derive(Row)]` on a struct with named fields: it is read from a row of either database, each field from the column of its name.
#[proc_macro_derive(Row)]
pub fn row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let name = &input.ident;
    let fields = match &input.data {
        Data::Struct(data) => &data.fields,
        _ => &Fields::Unit,
    };
    let Fields::Named(fields) = fields else {
        return Error::new_spanned(name, "a row is a struct with named fields").into_compile_error().into();
    };
    let (names, types): (Vec<_>, Vec<_>) = fields.named.iter().map(|field| (&field.ident, &field.ty)).unzip();
    quote! {
        impl<'row, R: ::sqlx::Row> ::sqlx::FromRow<'row, R> for #name
        where
            &'static str: ::sqlx::ColumnIndex<R>,
            #(#types: ::sqlx::Decode<'row, R::Database> + ::sqlx::Type<R::Database>,)*
        {
            fn from_row(row: &'row R) -> ::sqlx::Result<Self> {
                ::std::result::Result::Ok(Self { #(#names: row.try_get(stringify!(#names))?,)* })
            }
        }
    }
    .into()
}

/// `migrations!("folder")`, from the root of the package: its files `0001_what_it_does.sql` in their order, each as its number, what it does
/// and its text. `build.rs` sees to it that a new file is noticed.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    let folder = parse_macro_input!(input as LitStr);
    match list_migrations(&folder.value()) {
        Ok(files) => {
            let files = files.iter().map(|(number, about, path)| quote! { (#number, #about, include_str!(#path)) });
            quote! { [#(#files),*] }.into()
        }
        Err(reason) => Error::new_spanned(folder, reason).into_compile_error().into(),
    }
}

fn list_migrations(folder: &str) -> Result<Vec<(i64, String, String)>, String> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?;
    let folder = Path::new(&root).join(folder);
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry.map_err(|error| error.to_string())?.path().display().to_string();
        let name = path.rsplit('/').next().and_then(|name| name.strip_suffix(".sql")?.split_once('_'));
        let (number, about) = name.ok_or_else(|| format!("{path}: a migration is called 0001_what_it_does.sql"))?;
        let number = number.parse().map_err(|_| format!("{path}: a migration begins with its number"))?;
        files.push((number, about.replace('_', " "), path.clone()));
    }
    files.sort();
    match files.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(format!("{} and {} have the same number", pair[0].2, pair[1].2)),
        None => Ok(files),
    }
}
