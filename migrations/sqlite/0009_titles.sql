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
                select value ->> 'quantity' as quantity, value ->> 'title' as title
                from json_each(orders.state, '$.items')
                where value ->> 'kind' = 'goods'
                order by key
                limit 1
            ) as first,
            (
                select coalesce(sum(goods.quantity), 0) as pieces
                from (
                    select value ->> 'quantity' as quantity
                    from json_each(orders.state, '$.items')
                    where value ->> 'kind' = 'goods'
                    order by key
                    limit -1 offset 1
                ) as goods
            ) as others
    ),
    title
)
where title like '% and % more item%';
