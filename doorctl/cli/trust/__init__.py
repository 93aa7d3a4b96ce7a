"""Commands about keys: whom the site trusts, admins and controllers who join, certificates, brokers."""
