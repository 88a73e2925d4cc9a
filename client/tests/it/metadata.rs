// SPDX-License-Identifier: Apache-2.0
//! `src/metadata/assay.scale` is the runtime's metadata, reduced to what this crate uses: fewer types make a smaller crate.
//! With `ASSAY_WRITE_METADATA=1` in the environment the test writes the file instead of comparing it (`make metadata`).

use std::{fs, path::Path};

use codec::{Decode, Encode};
use scale_info::{form::PortableForm, PortableRegistry, TypeDef, Variant};
use subxt::ext::frame_metadata::{
    v16::RuntimeMetadataV16, RuntimeMetadata, RuntimeMetadataPrefixed, META_RESERVED,
};
use subxt_utils_stripmetadata::StripMetadata;

/// The pallets whose calls, events and storage are generated. Others are used by name only: their types would bring
/// those of the whole runtime.
const PALLETS: [&str; 3] = ["ModelRegistry", "Verification", "InferenceMarket"];
const APIS: [&str; 3] = ["MarketApi", "StakingApi", "ConcentrationApi"];

#[test]
fn is_that_of_the_runtime() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/metadata/assay.scale");
    let expected = reduced();
    if std::env::var_os("ASSAY_WRITE_METADATA").is_some() {
        fs::write(&path, expected).expect("the file can be written");
        return;
    }
    let found = fs::read(&path).expect("the file is there");
    // Not assert_eq: nobody reads a hundred thousand bytes.
    assert!(
        found == expected,
        "{} is not that of the runtime: run `make metadata` and look at what changed",
        path.display()
    );
}

/// The runtime's metadata of version 16, reduced.
fn reduced() -> Vec<u8> {
    let metadata = sp_io::TestExternalities::new_empty()
        .execute_with(|| assay_runtime::Runtime::metadata_at_version(16))
        .expect("the runtime has metadata of version 16");
    let metadata = RuntimeMetadataPrefixed::decode(&mut &metadata[..]).expect("it is metadata");
    let RuntimeMetadata::V16(mut metadata) = metadata.1 else {
        panic!("it is of version 16");
    };
    drop_unused(&mut metadata);
    metadata.strip_metadata(
        |pallet| PALLETS.contains(&pallet),
        |api| APIS.contains(&api),
    );
    RuntimeMetadataPrefixed(META_RESERVED, RuntimeMetadata::V16(metadata)).encode()
}

/// Drops what nobody here reads: documentation, constants (the live ones are read by name), and the variants of the
/// enums of all calls, events and errors that belong to other pallets.
fn drop_unused(metadata: &mut RuntimeMetadataV16) {
    let outer = &metadata.outer_enums;
    for id in [
        outer.call_enum_ty.id,
        outer.event_enum_ty.id,
        outer.error_enum_ty.id,
    ] {
        let variants = variants_mut(&mut metadata.types, id);
        variants.retain(|variant| PALLETS.contains(&variant.name.as_str()));
        assert_eq!(variants.len(), PALLETS.len(), "each pallet has a variant");
    }
    for ty in &mut metadata.types.types {
        ty.ty.docs.clear();
        match &mut ty.ty.type_def {
            TypeDef::Composite(composite) => {
                composite
                    .fields
                    .iter_mut()
                    .for_each(|field| field.docs.clear());
            }
            TypeDef::Variant(variants) => {
                for variant in &mut variants.variants {
                    variant.docs.clear();
                    variant
                        .fields
                        .iter_mut()
                        .for_each(|field| field.docs.clear());
                }
            }
            _ => {}
        }
    }
    for pallet in &mut metadata.pallets {
        pallet.docs.clear();
        pallet.constants.clear();
        pallet.view_functions.clear();
        if pallet.name != "System" {
            pallet.associated_types.clear();
        }
        for entry in pallet
            .storage
            .iter_mut()
            .flat_map(|storage| &mut storage.entries)
        {
            entry.docs.clear();
        }
    }
    for api in &mut metadata.apis {
        api.docs.clear();
        api.methods
            .iter_mut()
            .for_each(|method| method.docs.clear());
    }
}

fn variants_mut(types: &mut PortableRegistry, id: u32) -> &mut Vec<Variant<PortableForm>> {
    match &mut types.types[id as usize].ty.type_def {
        TypeDef::Variant(variants) => &mut variants.variants,
        _ => panic!("an enum"),
    }
}
