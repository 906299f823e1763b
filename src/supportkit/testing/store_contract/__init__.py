"""What every store promises; `StoreContract` is the kit, one module of laws for each subject."""

from supportkit.testing.store_contract.contract import StoreContract

__all__ = ["StoreContract"]
