-- An order's title says how many of its first goods there are: "2 × Kettle", no longer "Kettle and 1 more item". What was
-- written before is written anew, as folding the events gives it now.
update orders
set title = coalesce(
    (
        select
            case first.quantity when 1 then '' else first.quantity || ' × ' end || first.title
            || case others.pieces
                when 0 then ''
                when 1 then ' and 1 more item'
                else ' and ' || others.pieces || ' more items'
            end
        from
            (
                select (item.value ->> 'quantity')::bigint as quantity, item.value ->> 'title' as title
                from jsonb_array_elements(orders.state::jsonb -> 'items') with ordinality as item (value, place)
                where item.value ->> 'kind' = 'goods'
                order by item.place
                limit 1
            ) as first,
            (
                select coalesce(sum(goods.quantity), 0)::bigint as pieces
                from (
                    select (item.value ->> 'quantity')::bigint as quantity
                    from jsonb_array_elements(orders.state::jsonb -> 'items') with ordinality as item (value, place)
                    where item.value ->> 'kind' = 'goods'
                    order by item.place
                    offset 1
                ) as goods
            ) as others
    ),
    title
)
where title like '% and % more item%';
