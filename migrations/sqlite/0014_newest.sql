-- What somebody bought or carries, newest first: as programs list it, and the screen when it is asked to.
create index orders_newest_of_buyer on orders (buyer_id, placed_at, id);
create index orders_newest_of_provider on orders (provider_id, placed_at, id) where provider_id is not null;
